"""The shop's API in Django Ninja, for keys and for tokens of its own."""

from ninja import NinjaAPI
from ninja.security import HttpBearer

from accounts.authentication.ninja import ApiKeyAuth, answer_refusals
from accounts.models import ApiKey


class Token(HttpBearer):
    def authenticate(self, request, token):
        return token if token == "header.payload.signature" else None


api = NinjaAPI(auth=[ApiKeyAuth(), Token()], urls_namespace="shop")
answer_refusals(api)


@api.get("/orders")
def orders(request):
    return {"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"}


@api.get("/orders/async")
async def async_orders(request):
    return {"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"}
