"""Every door there is, each before the same trivial view. `urlpatterns` is a URLconf for the tests."""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from drf_spectacular.openapi import AutoSchema
from ninja import NinjaAPI
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.authentication.decorators import api_key_required
from accounts.authentication.drf import ApiKeyAuthentication
from accounts.authentication.ninja import ApiKeyAuth, answer_refusals


def whose(request: HttpRequest | Request) -> dict[str, object]:
    return {"user": request.user.pk, "key": request.auth.key_id}  # type: ignore[union-attr]


async def as_async_views_ask(request: HttpRequest) -> dict[str, object]:
    user = await request.auser()
    return {**whose(request), "user": user.pk}


def unguarded(request: HttpRequest) -> JsonResponse:
    return JsonResponse(whose(request))


@api_key_required
def sync_view(request):
    return JsonResponse(whose(request))


@api_key_required
async def async_view(request):
    return JsonResponse(await as_async_views_ask(request))


class DrfView(APIView):
    schema = AutoSchema()
    serializer_class = Serializer
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response(whose(request))

    post = get


class Signature(BaseAuthentication):
    def authenticate(self, request):
        if "Signature" in request.headers.get("Authorization", ""):
            raise AuthenticationFailed("The signature is wrong.")


class DrfViewBesideAnother(DrfView):
    authentication_classes = [ApiKeyAuthentication, Signature]


class OpenDrfView(APIView):
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.pk})


ninja = NinjaAPI(auth=ApiKeyAuth(), urls_namespace="doors")
answer_refusals(ninja)


@ninja.api_operation(["GET", "POST"], "/sync")
def ninja_sync(request):
    return whose(request)


@ninja.get("/async")
async def ninja_async(request):
    return await as_async_views_ask(request)


urlpatterns = [
    path("decorator/sync", sync_view),
    path("decorator/async", async_view),
    path("guarded/middleware", unguarded),
    path("drf", DrfView.as_view()),
    path("drf/beside", DrfViewBesideAnother.as_view()),
    path("drf/open", OpenDrfView.as_view()),
    path("ninja/", ninja.urls),
    path("", include("oncekeys.urls")),
]

DOORS = {
    "decorator": "/decorator/sync",
    "async decorator": "/decorator/async",
    "middleware": "/guarded/middleware",
    "Django REST framework": "/drf",
    "Django Ninja": "/ninja/sync",
    "async Django Ninja": "/ninja/async",
    "forward-auth": "/api/v1/verify",
    "test endpoint": "/api/v1/test",
}
