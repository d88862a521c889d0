"""The door of Django Ninja.

api = NinjaAPI(auth=ApiKeyAuth())
answer_refusals(api)
"""

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import chain
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyHeader

from oncekeys import compat, conf
from oncekeys.doors import caching, openapi, preflight, problems, requests
from oncekeys.models import ApiKey, Environment
from oncekeys.services.refusals import Code, NotAdmitted, Refused

View = Callable[..., Any]


class ApiKeyAuth(APIKeyHeader):
    """Sets `request.user` to the account's API user and `request.auth` to the ApiKey.

    `ApiKeyAuth(environment=…, scopes=[…])` also requires those. A request without a key goes to the authenticators
    after this one.
    """

    param_name = "API-Key"
    openapi_description = openapi.SECURITY_SCHEMES["ApiKey"]["description"]

    def __init__(self, *, environment: Environment | None = None, scopes: str | Iterable[str] = ()) -> None:
        super().__init__()
        self._environment = environment
        self._scopes = conf.listed(scopes)

    def authenticate(self, request: HttpRequest, key: str | None) -> "ApiKey | Preflight | None":
        """Return the key that the request presents in any way. `key` is the value of the header API-Key alone."""
        if preflight.is_preflight(request):
            return Preflight()
        try:
            return requests.authenticate(request, environment=self._environment, scopes=self._scopes).auth
        except NotAdmitted as refused:
            if refused.code is Code.MISSING_KEY:
                request._oncekeys_missing_key = True  # type: ignore[attr-defined]
                return None
            raise Problem(refused) from None


class Preflight:
    """The value of `request.auth` for a CORS preflight, which only an operation for OPTIONS answers."""


class Problem(HttpError):
    """A refusal as Ninja's own error. Without `answer_refusals` it still has its status and its sentence."""

    def __init__(self, refused: NotAdmitted) -> None:
        super().__init__(problems.ANSWERS[refused.code].status, refused.detail)
        self.refused = refused


def answer_refusals(api: NinjaAPI) -> None:
    """Turn refusals into problem documents with their challenge, as at every other door."""

    @api.exception_handler(Problem)
    def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
        return problems.response(problem.refused)

    @api.exception_handler(AuthenticationError)
    def answer_where_none_let_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        if getattr(request, "_oncekeys_missing_key", False):
            return problems.response(Refused(Code.MISSING_KEY))
        return api.on_exception(request, HttpError(error.status_code, error.message))


def _with_door(path: Any, view: View) -> View:
    """Wrap a view in what a door does around it, since Ninja calls authenticators only inside its views.

    If each operation of a path has an authenticator, LoginRequiredMiddleware leaves the path alone.
    """
    authenticators = [operation.auth_callbacks for operation in path.operations]
    if not any(isinstance(each, ApiKeyAuth) for each in chain.from_iterable(authenticators)):
        return view
    return login_not_required(_telling_caches(view)) if all(authenticators) else _telling_caches(view)


def _telling_caches(view: View) -> View:
    if iscoroutinefunction(view):

        async def async_telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response: HttpResponseBase = await view(request, *args, **kwargs)
            return caching.answered(request, response)

        return wraps(view)(async_telling)

    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        return caching.answered(request, response)

    return wraps(view)(telling)


compat.wrap_ninja_views(_with_door)
