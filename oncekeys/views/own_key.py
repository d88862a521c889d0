"""Lets a key have a successor made, or revoke itself, whatever its scopes."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.debug import sensitive_variables

from oncekeys.client import asked_by
from oncekeys.doors import problems
from oncekeys.doors.decorators import api_key_required
from oncekeys.doors.methods import methods
from oncekeys.doors.problems import ErrorCode, RequestError
from oncekeys.doors.requests import KeyRequest
from oncekeys.keys.argon2_pool import Busy
from oncekeys.models import ApiKey
from oncekeys.models.transactions import AWAY
from oncekeys.services import api_keys, rotation
from oncekeys.services.minting import NewKey
from oncekeys.services.refusals import Unavailable
from oncekeys.views import json_body

DEFAULT_GRACE_SECONDS = int(rotation.DEFAULT_GRACE.total_seconds())
LONGEST_GRACE_SECONDS = int(rotation.LONGEST_GRACE.total_seconds())

View = Callable[[KeyRequest], HttpResponse]


def answers_problems(view: View) -> View:
    """Answer with a problem document if something fails after the key was accepted."""

    @wraps(view)
    def answering(request: KeyRequest) -> HttpResponse:
        try:
            return view(request)
        except RequestError as error:
            return problems.response(error)
        except (Busy, *AWAY):
            return problems.response(Unavailable("This could not be done just now: try again shortly."))

    return answering


@methods("POST")
@api_key_required
@answers_problems
@sensitive_variables()
def rotate(request: KeyRequest) -> HttpResponse:
    """The successor of the key that asks, which works on for the seconds that the body says."""
    grace = timedelta(seconds=_grace_seconds(request))
    try:
        successor = rotation.rotate(
            api_key=request.auth,
            by=asked_by(request),
            grace=grace,
            renews=False,
            in_use=True,
        )
    except rotation.CannotRotate as error:
        raise RequestError(ErrorCode.ROTATION_CONFLICT, str(error)) from None
    # Its end was brought forward, which the answer's header is to say as well.
    request.auth = successor.api_key.replaces or request.auth
    return JsonResponse(_told(successor, predecessor=request.auth), headers=problems.UNCACHED)


@methods("DELETE")
@api_key_required
@answers_problems
def revoke(request: KeyRequest) -> HttpResponse:
    """Refuse the requesting key from the next request on, in every process, forever."""
    api_keys.delete(api_key=request.auth, by=asked_by(request))
    return HttpResponse(status=204, headers=problems.UNCACHED)


def _told(successor: NewKey, *, predecessor: ApiKey) -> dict[str, object]:
    key = successor.api_key
    return {
        "api_key": successor.token.reveal(),
        "key": {"id": key.key_id, "name": key.name},
        "environment": key.environment,
        "expires_at": key.expires_at,
        "replaces": {
            "id": predecessor.key_id,
            "works_until": predecessor.expires_at if predecessor.deleted_at is None else None,
        },
    }


def _grace_seconds(request: HttpRequest) -> int:
    """Read `{"grace_seconds": N}`; no body or an empty object means the default. Raises RequestError."""
    wanted = json_body.read(request)
    if not isinstance(wanted, dict) or wanted.keys() - {"grace_seconds"}:
        raise _invalid('Send an object that holds grace_seconds alone, like {"grace_seconds": 3600}, or no body.')
    seconds = wanted.get("grace_seconds", DEFAULT_GRACE_SECONDS)
    if not _is_whole(seconds) or not 0 <= seconds <= LONGEST_GRACE_SECONDS:
        raise _invalid(f"grace_seconds has to be a whole number from 0 to {LONGEST_GRACE_SECONDS}, without quotes.")
    return int(seconds)


def _is_whole(number: object) -> bool:
    """Return whether it is an integer as in JSON Schema: 60.0 is one too, and true isn't, though it is in Python."""
    return type(number) is int or (type(number) is float and number.is_integer())


def _invalid(detail: str) -> RequestError:
    return RequestError(ErrorCode.INVALID_REQUEST, detail)
