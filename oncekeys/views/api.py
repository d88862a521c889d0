"""The API's own endpoints."""

from django.contrib.auth.decorators import login_not_required
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt

from oncekeys import links
from oncekeys.doors import forward_auth, openapi, problems
from oncekeys.doors.decorators import api_key_required
from oncekeys.doors.methods import methods
from oncekeys.doors.requests import KeyRequest
from oncekeys.models import Account


@non_atomic_requests
@methods("GET", "HEAD")
@api_key_required
def test(request: KeyRequest) -> HttpResponse:
    """Tells a developer that their key works, and which one it is."""
    key = request.auth
    return JsonResponse(
        {
            "message": "Your API key works.",
            "account": _account(key.account),
            "key": {"id": key.key_id, "name": key.name},
            "environment": key.environment,
            "scopes": key.scopes.split(" "),
            "expires_at": key.expires_at,
        },
        headers=problems.UNCACHED,
    )


def _account(account: Account) -> dict[str, str]:
    """With what it is called in the system that made it, where it was made by one."""
    external = {"external_id": account.external_id} if account.external_id else {}
    return {"name": account.name, "slug": account.slug, **external}


@login_not_required
@csrf_exempt
@non_atomic_requests
@methods("GET", "HEAD")
def verify(request: HttpRequest) -> HttpResponseBase:
    """Forward-auth: a reverse proxy asks here whether to let a request through."""
    return forward_auth.answer(request)


@login_not_required
@methods("GET", "HEAD")
@cache_control(max_age=3600, public=True)
def description(request: HttpRequest) -> HttpResponse:
    """The API in OpenAPI."""
    return JsonResponse(openapi.document(links.origin(request), mount=request.path.removesuffix("openapi.json")))
