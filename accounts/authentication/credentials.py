"""Finds the one API key a request presents.

Accepted are `API-Key: <key>`, `X-API-Key: <key>`, `Authorization: Bearer <key>` (RFC 6750) and HTTP Basic (RFC 7617)
with the key as user name and an empty password, as `curl -u KEY:` sends it. A key in a URL, a cookie or a body is
not a credential, and neither is another scheme of Authorization, which is somebody else's, unless a key stands in it.
"""

import base64
import binascii

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.authentication.headers import sent, warn_of_server
from accounts.keys.diagnosis import PREFIX
from accounts.services.refusals import Code, Refused

OUR_HEADERS = ("HTTP_API_KEY", "HTTP_X_API_KEY")
BEARER = (
    "In the Authorization header the key needs the scheme Bearer: write Bearer, a space, then the key. Or send it "
    "alone in the header API-Key."
)


@sensitive_variables()
def presented(request: HttpRequest) -> str:
    """The text that should be a key. Raises Refused: missing_key, ambiguous_credentials, malformed_key."""
    warn_of_server(request)
    found = [value for header in OUR_HEADERS if (value := sent(request, header)) is not None]
    authorization = _from_authorization(sent(request, "HTTP_AUTHORIZATION") or "")
    if authorization is not None:
        found.append(authorization)
    if not found:
        raise Refused(Code.MISSING_KEY)
    # No key holds a comma; a server that receives a header twice joins its values with one.
    if len(found) > 1 or "," in found[0]:
        raise Refused(Code.AMBIGUOUS_CREDENTIALS)
    return found[0]


@sensitive_variables()
def _from_authorization(value: str) -> str | None:
    """None where the header presents nothing of ours."""
    scheme, _, credentials = value.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip(" ")
        case "basic":
            return _from_basic(credentials.strip(" "))
        case _ if _looks_like_a_key(value) or _looks_like_a_key(credentials.lstrip(" ")):
            raise Refused(Code.MALFORMED_KEY, BEARER)
        case _:
            return None


@sensitive_variables()
def _from_basic(credentials: str) -> str | None:
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        if "," in credentials:
            raise Refused(Code.AMBIGUOUS_CREDENTIALS) from None
        raise Refused(Code.MALFORMED_KEY, "The credentials of HTTP Basic are not valid base64 of UTF-8 text.") from None
    if password and (_looks_like_a_key(name) or _looks_like_a_key(password)):
        raise Refused(Code.MALFORMED_KEY, "With HTTP Basic, the key is the user name and the password is empty.")
    return None if password else name


def _looks_like_a_key(text: str) -> bool:
    return PREFIX.match(text) is not None
