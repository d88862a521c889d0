"""Finds the one API key a request presents.

Accepted are `API-Key: <key>`, `X-API-Key: <key>`, `Authorization: Bearer <key>` (RFC 6750) and HTTP Basic (RFC 7617)
with the key as user name and an empty password, as `curl -u KEY:` sends it. A key in a URL, a cookie or a body is
not a credential.
"""

import base64
import binascii

from django.http import HttpRequest

from accounts.services.refusals import Code, Refused

HEADERS = ("HTTP_API_KEY", "HTTP_X_API_KEY", "HTTP_AUTHORIZATION")


def presented(request: HttpRequest) -> str:
    """The text that should be a key. Raises Refused: missing_key, ambiguous_credentials, malformed_key."""
    found = [(header, request.META[header]) for header in HEADERS if header in request.META]
    if not found:
        raise Refused(Code.MISSING_KEY)
    # No key holds a comma; a server that receives a header twice joins its values with one.
    if len(found) > 1 or "," in found[0][1]:
        raise Refused(Code.AMBIGUOUS_CREDENTIALS)
    header, value = found[0]
    return _from_authorization(value) if header == "HTTP_AUTHORIZATION" else value


def _from_authorization(value: str) -> str:
    scheme, _, credentials = value.partition(" ")
    match scheme.lower():
        case "bearer":
            return credentials.strip(" ")
        case "basic":
            return _from_basic(credentials)
        case _:
            raise Refused(
                Code.MALFORMED_KEY,
                "The Authorization header needs a scheme: send Bearer, a space, then the key.",
            )


def _from_basic(credentials: str) -> str:
    try:
        name, _, password = base64.b64decode(credentials.strip(" "), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise Refused(Code.MALFORMED_KEY, "The credentials of HTTP Basic are not valid base64 of UTF-8 text.") from None
    if password:
        raise Refused(Code.MALFORMED_KEY, "With HTTP Basic, the key is the user name and the password is empty.")
    return name
