"""The shop's API in Django Ninja, for keys and for tokens of its own."""

from django.views.decorators.cache import cache_page
from ninja import NinjaAPI
from ninja.decorators import decorate_view
from ninja.security import HttpBearer

from oncekeys.doors.ninja import ApiKeyAuth, answer_refusals
from oncekeys.models import ApiKey


class Token(HttpBearer):
    def authenticate(self, request, token):
        return token if token in {"eyJhbGciOiJI.e30.c2lnbg", "opaque"} else None


api = NinjaAPI(auth=[ApiKeyAuth(), Token()], urls_namespace="shop")
answer_refusals(api)


@api.get("/orders")
def orders(request):
    return {"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"}


@api.get("/orders/async")
async def async_orders(request):
    return {"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"}


@api.get("/orders/cached")
@decorate_view(cache_page(60))
def cached_orders(request):
    return {"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"}


@api.get("/orders/open", auth=None)
def open_orders(request):
    return {"account": None}
