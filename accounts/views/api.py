"""The API's own endpoints."""

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.authentication.decorators import api_key_required
from accounts.authentication.requests import KeyRequest


@require_safe
@never_cache
@api_key_required
def test(request: KeyRequest) -> HttpResponse:
    """Tells a developer that their key works, and which one it is."""
    key = request.auth
    return JsonResponse(
        {
            "message": "Your API key works.",
            "account": {"name": key.account.name, "slug": key.account.slug},
            "key": {"id": key.key_id, "name": key.name},
            "environment": key.environment,
            "expires_at": key.expires_at,
        }
    )
