"""The small JSON document that a request may carry."""

import json

from django.http import HttpRequest

from oncekeys.doors.problems import ErrorCode, RequestError

LONGEST_BYTES = 1024


def read(request: HttpRequest) -> object:
    """Return the parsed body, or an empty object if there is none. Raises RequestError."""
    body = _body(request)
    if not body:
        return {}
    if request.content_type != "application/json":
        raise RequestError(ErrorCode.NOT_JSON, "Send the body as JSON, with Content-Type: application/json.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(ErrorCode.INVALID_REQUEST, "The body isn't JSON. Correct it, or send none.") from None


def _body(request: HttpRequest) -> bytes:
    if "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length"):
        # Under WSGI, Django reads nothing of such a body, and would take what it asks for as not said.
        raise RequestError(ErrorCode.LENGTH_REQUIRED, "Send the body with its Content-Length, not in chunks.")
    # By its header as well: a server may leave a body on the wire that is larger than any it takes.
    body: bytes = request.read(LONGEST_BYTES + 1)
    if len(body) > LONGEST_BYTES or int(request.headers.get("Content-Length") or 0) > LONGEST_BYTES:
        raise RequestError(ErrorCode.BODY_TOO_LARGE, f"Send a body of at most {LONGEST_BYTES} bytes.")
    return body
