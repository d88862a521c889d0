"""Finds the one API key a request presents.

It accepts `API-Key: <key>`, `X-API-Key: <key>`, `Authorization: Bearer <key>` (RFC 6750), and HTTP Basic (RFC 7617)
with the key as user name and an empty password, as `curl -u KEY:` sends it. A key in a URL, cookie or body is ignored.
Anything else in Authorization belongs to other software, unless it was meant to be a key.
"""

import base64
import binascii
import re

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from oncekeys import conf
from oncekeys.keys.diagnosis import PREFIX
from oncekeys.request_headers import sent, warn_of_server
from oncekeys.services.refusals import Code, Refused

OUR_HEADERS = ("HTTP_API_KEY", "HTTP_X_API_KEY")
# Every header that can present a key, as `Vary` names them.
HEADERS = ("API-Key", "X-API-Key", "Authorization")
# A JSON Web Token (RFC 7519), signed or encrypted. No key has a dot.
JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]*(\.[\w-]*){2,4}", re.ASCII)
BEARER = (
    "In the Authorization header the key needs the scheme Bearer: write Bearer, a space, then the key. Or send it "
    "alone in the header API-Key."
)


@sensitive_variables()
def presented(request: HttpRequest) -> str:
    """Return the text that should be a key. Raises Refused: missing_key, ambiguous_credentials, malformed_key."""
    warn_of_server(request)
    found = [value for header in OUR_HEADERS if (value := sent(request, header)) is not None]
    authorization = sent(request, "HTTP_AUTHORIZATION") or ""
    if found:
        # Someone else's token may come with it, for example from an identity-aware proxy.
        found += [authorization] if authorization and _holds_a_key(authorization) else []
    elif (text := _from_authorization(authorization)) is not None:
        found = [text]
    if not found:
        raise Refused(Code.MISSING_KEY)
    # No key holds a comma; a server that receives a header twice joins its values with one.
    if len(found) > 1 or "," in found[0]:
        raise Refused(Code.AMBIGUOUS_CREDENTIALS)
    return found[0]


@sensitive_variables()
def _holds_a_key(authorization: str) -> bool:
    scheme, _, credentials = authorization.partition(" ")
    return _has_prefix(authorization) or (scheme.lower() == "basic" and _has_prefix(_decoded(credentials) or ""))


@sensitive_variables()
def _from_authorization(value: str) -> str | None:
    """Return the text that should be a key, or None if the header belongs to other software."""
    scheme, _, credentials = value.partition(" ")
    credentials = credentials.strip(" ")
    match scheme.lower():
        case "bearer":
            return None if _is_another_bearer_token(credentials) else credentials
        case "basic":
            return _from_basic(credentials)
        case _ if _has_prefix(value):
            raise Refused(Code.MALFORMED_KEY, BEARER)
        case _:
            return None


@sensitive_variables()
def _is_another_bearer_token(token: str) -> bool:
    if _has_prefix(token):
        return False
    return conf.bearer_is_shared() or JSON_WEB_TOKEN.fullmatch(token) is not None


@sensitive_variables()
def _from_basic(credentials: str) -> str | None:
    decoded = _decoded(credentials)
    if decoded is None:
        if "," in credentials:
            raise Refused(Code.AMBIGUOUS_CREDENTIALS)
        raise Refused(Code.MALFORMED_KEY, "The credentials of HTTP Basic are not valid base64 of UTF-8 text.")
    name, _, password = decoded.partition(":")
    if password and (PREFIX.match(name) or PREFIX.match(password)):
        raise Refused(Code.MALFORMED_KEY, "With HTTP Basic, the key is the user name and the password is empty.")
    return None if password else name


@sensitive_variables()
def _decoded(credentials: str) -> str | None:
    try:
        return base64.b64decode(credentials.strip(" "), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _has_prefix(text: str) -> bool:
    return PREFIX.search(text) is not None
