"""A refusal as an HTTP response: a problem document (RFC 9457) with a stable code, and a challenge (RFC 6750)."""

from typing import NamedTuple

from django.http import HttpResponse, JsonResponse

from accounts.services import failures
from accounts.services.refusals import Code, Refused

RETRY_AFTER_SECONDS = 1  # what waits is a computation of milliseconds, or a database that comes back

MEDIA_TYPE = "application/problem+json"


class Answer(NamedTuple):
    status: int
    title: str
    headers: dict[str, str] = {}


def _challenge(*parameters: str) -> dict[str, str]:
    return {"WWW-Authenticate": ", ".join(('Bearer realm="oncekeys"', *parameters))}


INVALID_TOKEN = _challenge('error="invalid_token"')

ANSWERS = {
    Code.MISSING_KEY: Answer(401, "API key missing", _challenge()),
    Code.MALFORMED_KEY: Answer(401, "Not an API key", INVALID_TOKEN),
    Code.INVALID_KEY: Answer(401, "API key not valid", INVALID_TOKEN),
    Code.EXPIRED_KEY: Answer(401, "API key expired", INVALID_TOKEN),
    Code.PAUSED_KEY: Answer(401, "API key paused", INVALID_TOKEN),
    Code.WRONG_ENVIRONMENT: Answer(403, "Wrong environment"),
    Code.ADDRESS_NOT_ALLOWED: Answer(403, "Address not allowed"),
    Code.INSUFFICIENT_SCOPE: Answer(403, "Not allowed by the key's scopes"),
    Code.HTTPS_REQUIRED: Answer(403, "HTTPS required"),
    Code.AMBIGUOUS_CREDENTIALS: Answer(400, "More than one credential"),
    Code.TOO_MANY_FAILURES: Answer(429, "Too many failures", {"Retry-After": str(failures.WINDOW_SECONDS)}),
    Code.UNAVAILABLE: Answer(503, "Temporarily unavailable", {"Retry-After": str(RETRY_AFTER_SECONDS)}),
}


def response(refused: Refused) -> HttpResponse:
    """`{"type", "title", "status", "code", "detail"}` as `application/problem+json`, not to be cached."""
    status, title, headers = ANSWERS[refused.code]
    body = {"type": "about:blank", "title": title, "status": status, "code": refused.code, "detail": refused.detail}
    answer = JsonResponse(
        body, status=status, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", **headers}
    )
    # Else Django writes a line for every refusal, at a sixth of its whole cost, and whoever floods us fills the log.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
