"""Turns refusals into HTTP responses: a problem document (RFC 9457) with a stable code, and a challenge (RFC 6750)."""

from enum import StrEnum
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse

from oncekeys import compat, conf, links
from oncekeys.doors.caching import VARY
from oncekeys.services import throttle
from oncekeys.services.refusals import REASONS as OF_REFUSALS
from oncekeys.services.refusals import Code, NotAdmitted, Reason

RETRY_AFTER_SECONDS = 1  # until a computation of milliseconds is done, or the database is back

MEDIA_TYPE = "application/problem+json"
ENCODER = DjangoJSONEncoder()  # each JsonResponse would make one for itself
UNCACHED = {"Cache-Control": "private, no-store", "Vary": VARY}


class ErrorCode(StrEnum):
    """Codes for errors in a request whose key is right."""

    INVALID_REQUEST = "invalid_request"
    ROTATION_CONFLICT = "rotation_conflict"
    LENGTH_REQUIRED = "length_required"
    BODY_TOO_LARGE = "body_too_large"
    NOT_JSON = "unsupported_media_type"


class RequestCode(StrEnum):
    """Codes for errors that are found before a key is checked, and for our own errors."""

    BAD_REQUEST = "bad_request"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    INTERNAL_ERROR = "internal_error"


class RequestError(Exception):
    """A request fails for another reason than its key. `detail` says what to send instead."""

    def __init__(self, code: ErrorCode | RequestCode, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(code)


class Answer(NamedTuple):
    status: int
    title: str
    headers: dict[str, str] = {}


def _challenge(*parameters: str) -> dict[str, str]:
    return {"WWW-Authenticate": ", ".join(('Bearer realm="oncekeys"', *parameters))}


INVALID_TOKEN = _challenge('error="invalid_token"')
INSUFFICIENT_SCOPE = _challenge('error="insufficient_scope"')

ANSWERS: dict[Code | ErrorCode | RequestCode, Answer] = {
    Code.MISSING_KEY: Answer(401, "API key missing", _challenge()),
    Code.MALFORMED_KEY: Answer(401, "Not an API key", INVALID_TOKEN),
    Code.INVALID_KEY: Answer(401, "API key not valid", INVALID_TOKEN),
    Code.EXPIRED_KEY: Answer(401, "API key expired", INVALID_TOKEN),
    Code.PAUSED_KEY: Answer(401, "API key paused", INVALID_TOKEN),
    Code.WRONG_ENVIRONMENT: Answer(403, "Wrong environment"),
    Code.ADDRESS_NOT_ALLOWED: Answer(403, "IP address not allowed"),
    Code.INSUFFICIENT_SCOPE: Answer(403, "Not allowed by the key's scopes", INSUFFICIENT_SCOPE),
    Code.HTTPS_REQUIRED: Answer(403, "HTTPS required"),
    Code.AMBIGUOUS_CREDENTIALS: Answer(400, "More than one credential"),
    Code.TOO_MANY_FAILURES: Answer(429, "Too many failures", {"Retry-After": str(throttle.WINDOW_SECONDS)}),
    Code.UNAVAILABLE: Answer(503, "Temporarily unavailable", {"Retry-After": str(RETRY_AFTER_SECONDS)}),
    ErrorCode.ROTATION_CONFLICT: Answer(409, "Key cannot be rotated"),
    ErrorCode.LENGTH_REQUIRED: Answer(411, "Length required"),
    ErrorCode.BODY_TOO_LARGE: Answer(413, "Body too large"),
    ErrorCode.NOT_JSON: Answer(415, "Not JSON"),
    ErrorCode.INVALID_REQUEST: Answer(422, "Request not understood"),
    RequestCode.BAD_REQUEST: Answer(400, "Bad request"),
    RequestCode.NOT_FOUND: Answer(404, "Not found"),
    RequestCode.METHOD_NOT_ALLOWED: Answer(405, "Method not allowed"),
    RequestCode.INTERNAL_ERROR: Answer(500, "Internal error"),
}


REASONS: dict[str, Reason] = {
    **OF_REFUSALS,
    ErrorCode.ROTATION_CONFLICT: Reason(
        "The key has already been rotated, or the old key it replaced still works.",
        "Wait until the earlier rotation has ended.",
    ),
    ErrorCode.LENGTH_REQUIRED: Reason(
        "The body has no Content-Length.", "Send the header Content-Length, not a chunked body."
    ),
    ErrorCode.BODY_TOO_LARGE: Reason("The body is too large.", "Send only grace_seconds, or no body."),
    ErrorCode.NOT_JSON: Reason("The body isn't JSON.", "Send it with Content-Type: application/json."),
    ErrorCode.INVALID_REQUEST: Reason(
        "The body isn't valid for this request.", "Correct the mistake that the detail names."
    ),
    RequestCode.BAD_REQUEST: Reason("The server can't read the request.", "Correct the host name and the request."),
    RequestCode.NOT_FOUND: Reason("There is nothing at this URL.", "Correct the path."),
    RequestCode.METHOD_NOT_ALLOWED: Reason(
        "This URL doesn't support the method.", "Use a method from the Allow header."
    ),
    RequestCode.INTERNAL_ERROR: Reason("Something went wrong on our side.", "Try again later, or tell support."),
}


def type_of(code: Code | ErrorCode | RequestCode) -> str:
    """Return the URL of the code's entry in the API reference, or `about:blank` if the project has no reference."""
    reference = links.api_paths("reference")
    return f"{conf.public_url()}{reference[0]}#{code}" if reference else "about:blank"


def _required(facts: dict[str, Any]) -> dict[str, str]:
    """Return the challenge that names the required scopes (RFC 6750, section 3)."""
    if "required_scopes" not in facts:
        return {}
    return _challenge('error="insufficient_scope"', f'scope="{" ".join(facts["required_scopes"])}"')


def response(problem: NotAdmitted | RequestError) -> HttpResponse:
    """Return `{"type", "title", "status", "code", "detail"}` as `application/problem+json`, not to be cached.

    Further members give the known facts of a refusal, such as `missing_scopes`.
    """
    status, title, headers = ANSWERS[problem.code]
    facts = getattr(problem, "facts", {})
    body = {"type": type_of(problem.code), "title": title, "status": status, "code": problem.code}
    answer = HttpResponse(
        ENCODER.encode({**body, "detail": problem.detail, **facts}).encode(),
        status=status,
        content_type=MEDIA_TYPE,
        headers={**UNCACHED, **headers, **_required(facts)},
    )
    # Otherwise Django logs each refusal, which is a sixth of a refusal's cost, and a flood would fill the log.
    compat.keep_out_of_log(answer)
    return answer
