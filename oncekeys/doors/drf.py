"""The door of Django REST framework.

authentication_classes = [ApiKeyAuthentication]
permission_classes = [HasScopes]
required_scopes = ["full"]
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from oncekeys import compat, conf
from oncekeys.doors import caching, preflight, problems
from oncekeys.doors.requests import authenticate
from oncekeys.models import ApiKey
from oncekeys.services.refusals import Code, NotAdmitted, Refused, lacks_scopes

Finalize = Callable[..., HttpResponseBase]

if TYPE_CHECKING:  # at runtime this would import what the settings name, which may be this module
    from rest_framework.views import APIView

compat.can_be_kept_out_of_caches(Request)

with suppress(ImportError):  # describes the door if drf-spectacular is installed
    from oncekeys.doors import drf_schema  # noqa: F401 - registers itself


class ApiKeyAuthentication(BaseAuthentication):
    """Sets `request.user` to the account's API user and `request.auth` to the ApiKey.

    A key must have the view's `required_scopes`, if there are any. The classes after this one, and then the view's
    permissions, decide about a request without a key.
    """

    def authenticate(self, request: Request) -> tuple[Any, ApiKey] | None:
        view = request.parser_context.get("view")
        if view is not None:
            _guard(view, request)
        try:
            # Checked here and not by a permission alone, so that a refused request doesn't count as use.
            authenticated = authenticate(compat.django_request(request), scopes=_required_scopes(view))
        except NotAdmitted as refused:
            if refused.code is Code.MISSING_KEY:
                return None
            raise _refusal(request, refused) from None
        return authenticated.user, authenticated.auth

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return problems.ANSWERS[Code.MISSING_KEY].headers["WWW-Authenticate"]


def _guard(view: "APIView", request: Request) -> None:
    """Wrap the view's methods in what a door does around a view. Each request has its own view instance."""
    view.handle_exception = partial(_handle, request, view.handle_exception)  # type: ignore[method-assign]
    view.finalize_response = partial(_finalize, view.finalize_response)  # type: ignore[method-assign, assignment]


def _handle(request: Request, handle: Callable[[Exception], Any], error: Exception) -> Any:
    """Turn "not authenticated" into "missing key" if a key is the only way to authenticate."""
    if not isinstance(error, NotAuthenticated):
        return handle(error)
    if preflight.is_preflight(compat.django_request(request)):
        return preflight.answer()
    if len(request.authenticators or ()) == 1:
        return handle(_refusal(request, Refused(Code.MISSING_KEY)))
    caching.let_in(compat.django_request(request))  # the same request with a key gets another answer
    return handle(error)


def _finalize(
    finalize: Callable[..., HttpResponseBase], request: Request, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    return caching.answered(compat.django_request(request), finalize(request, *args, **kwargs))


class ApiKeyRateThrottle(SimpleRateThrottle):
    """Gives each key its own budget, by the rate `api_key` of DEFAULT_THROTTLE_RATES.

    Ignores requests that no key authenticated.
    """

    scope = "api_key"

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        if not isinstance(request.auth, ApiKey):
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class HasScopes(BasePermission):
    """Lets in only keys that have the `required_scopes` of the view.

    A view can let in people too: `permission_classes = [HasScopes | IsAuthenticated]`. That still refuses a key
    without the scopes.
    """

    message = "This asks for an API key."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not hasattr(view, "required_scopes"):
            raise ImproperlyConfigured(f"{type(view).__name__} has HasScopes, so it needs required_scopes.")
        if not isinstance(request.auth, ApiKey):
            return False
        # ApiKeyAuthentication has checked this already, but another class that sets a key may not have.
        required = _required_scopes(view)
        if not request.auth.allows(required):
            raise _refusal(request, lacks_scopes(request.auth, required))
        return True


def _required_scopes(view: "APIView | None") -> Collection[str]:
    """Return the view's scopes, under the name that django-oauth-toolkit uses."""
    return conf.listed(getattr(view, "required_scopes", ()))


class Problem(APIException):
    """A refusal, for the framework's own exception handler to pass on."""

    def __init__(self, refused: NotAdmitted) -> None:
        super().__init__(detail=refused.detail, code=refused.code)
        self.status_code = problems.ANSWERS[refused.code].status


def _refusal(request: Request, refused: NotAdmitted) -> Problem:
    _answer_with(request, refused)
    return Problem(refused)


def _answer_with(request: Request, refused: NotAdmitted) -> None:
    """Respond with a problem document, whatever the view renders and the client accepts."""
    request.accepted_renderer = ProblemRenderer(refused)
    request.accepted_media_type = ProblemRenderer.media_type


class ProblemRenderer(BaseRenderer):
    """Renders the one refusal it was made for, with the headers that belong to it."""

    media_type = problems.MEDIA_TYPE
    format = "problem"
    charset = None

    def __init__(self, refused: NotAdmitted) -> None:
        self._answer = problems.response(refused)

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        response = renderer_context["response"]
        for header, value in self._answer.items():
            if header == "Vary":
                patch_vary_headers(response, [value])
            else:
                response[header] = value
        compat.keep_out_of_log(response)  # as `problems` does
        return self._answer.content
