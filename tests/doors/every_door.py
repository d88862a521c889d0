"""Every door there is, each before the same trivial view. `urlpatterns` is a URLconf for the tests.

Below `/full/` stand the same doors once more, which let in only keys with the scope `full`; below `/text/` those that
ask for two scopes in one text.
"""

from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from drf_spectacular.openapi import AutoSchema
from ninja import NinjaAPI
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from oncekeys.doors.decorators import api_key_required
from oncekeys.doors.drf import ApiKeyAuthentication, HasScopes
from oncekeys.doors.ninja import ApiKeyAuth, answer_refusals
from oncekeys.models import Environment


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


@api_key_required(scopes=["full"])
def sync_view_for_full(request):
    return JsonResponse(whose(request))


@api_key_required(scopes=["full"])
async def async_view_for_full(request):
    return JsonResponse(await as_async_views_ask(request))


@api_key_required(scopes="read-only invoices")
def sync_view_for_two(request):
    return JsonResponse(whose(request))


@api_key_required(environment=Environment.STAGING)
def sync_view_for_staging(request):
    return JsonResponse(whose(request))


class SyncClass(View):
    def get(self, request):
        return JsonResponse(whose(request))

    post = get


@method_decorator(api_key_required, name="dispatch")
class DecoratedSyncClass(SyncClass):
    pass


class AsyncClass(View):
    async def get(self, request):
        return JsonResponse(await as_async_views_ask(request))

    post = get


@method_decorator(api_key_required, name="dispatch")
class DecoratedAsyncClass(AsyncClass):
    pass


@method_decorator(api_key_required(scopes=["full"]), name="dispatch")
class DecoratedAsyncClassForFull(AsyncClass):
    pass


class DrfView(APIView):
    schema = AutoSchema()
    serializer_class = Serializer
    authentication_classes = [ApiKeyAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response(whose(request))

    post = get


class DrfViewForFull(DrfView):
    permission_classes = [HasScopes]
    required_scopes = ["full"]


class DrfViewForTwo(DrfView):
    permission_classes = [HasScopes]
    required_scopes = "read-only invoices"


class DrfViewForFullOrPeople(DrfViewForFull):
    authentication_classes = [ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated | HasScopes]

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.pk})


class DrfViewForFullAlone(DrfViewForFull):
    authentication_classes = [ApiKeyAuthentication, SessionAuthentication]


class DrfViewThatForgotToSay(DrfView):
    permission_classes = [HasScopes]


class Signature(BaseAuthentication):
    def authenticate(self, request):
        if "Signature" in request.headers.get("Authorization", ""):
            raise AuthenticationFailed("The signature is wrong.")


class DrfViewBesideAnother(DrfView):
    authentication_classes = [ApiKeyAuthentication, Signature]


class Bearer(BaseAuthentication):
    def authenticate(self, request):
        if request.headers.get("Authorization", "").startswith("Bearer "):
            raise AuthenticationFailed("The token is out of date.")

    def authenticate_header(self, request):
        return "Bearer"


class DrfViewBehindBearer(DrfView):
    authentication_classes = [Bearer, ApiKeyAuthentication]


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


@ninja.get("/full/sync", auth=ApiKeyAuth(scopes=["full"]))
def ninja_sync_for_full(request):
    return whose(request)


@ninja.get("/text/sync", auth=ApiKeyAuth(scopes="read-only invoices"))
def ninja_sync_for_two(request):
    return whose(request)


@ninja.get("/full/async", auth=ApiKeyAuth(scopes=["full"]))
async def ninja_async_for_full(request):
    return await as_async_views_ask(request)


ninja_below_the_middleware = NinjaAPI(auth=ApiKeyAuth(), urls_namespace="below")
answer_refusals(ninja_below_the_middleware)


@ninja_below_the_middleware.get("/sync")
def ninja_below(request):
    return whose(request)


@ninja_below_the_middleware.get("/full", auth=ApiKeyAuth(scopes=["full"]))
def ninja_below_for_full(request):
    return whose(request)


urlpatterns = [
    path("decorator/sync", sync_view),
    path("decorator/async", async_view),
    path("full/decorator/sync", sync_view_for_full),
    path("full/decorator/async", async_view_for_full),
    path("class/sync", api_key_required(SyncClass.as_view())),
    path("class/sync/decorated", DecoratedSyncClass.as_view()),
    path("class/async", api_key_required(AsyncClass.as_view())),
    path("class/async/decorated", DecoratedAsyncClass.as_view()),
    path("full/class/async/decorated", DecoratedAsyncClassForFull.as_view()),
    path("text/decorator", sync_view_for_two),
    path("text/drf", DrfViewForTwo.as_view()),
    path("guarded/text/middleware", unguarded),
    path("guarded/decorator", sync_view),
    path("guarded/decorator/async", async_view),
    path("guarded/decorator/full", sync_view_for_full),
    path("guarded/decorator/staging", sync_view_for_staging),
    path("guarded/drf", DrfView.as_view()),
    path("guarded/drf/full", DrfViewForFull.as_view()),
    path("guarded/ninja/", ninja_below_the_middleware.urls),
    path("guarded/middleware", unguarded),
    path("guarded/full/middleware", unguarded),
    path("drf", DrfView.as_view()),
    path("full/drf", DrfViewForFull.as_view()),
    path("full/drf/or-people", DrfViewForFullOrPeople.as_view()),
    path("full/drf/alone", DrfViewForFullAlone.as_view()),
    path("full/drf/forgotten", DrfViewThatForgotToSay.as_view()),
    path("drf/beside", DrfViewBesideAnother.as_view()),
    path("drf/behind-bearer", DrfViewBehindBearer.as_view()),
    path("drf/open", OpenDrfView.as_view()),
    path("ninja/", ninja.urls),
    path("", include("config.urls")),
]

DOORS = {
    "decorator": "/decorator/sync",
    "async decorator": "/decorator/async",
    "class": "/class/sync",
    "decorated class": "/class/sync/decorated",
    "async class": "/class/async",
    "decorated async class": "/class/async/decorated",
    "middleware": "/guarded/middleware",
    "Django REST framework": "/drf",
    "Django Ninja": "/ninja/sync",
    "async Django Ninja": "/ninja/async",
    "forward-auth": "/api/v1/verify",
    "test endpoint": "/api/v1/test",
}

# What a key may do to itself needs no scope, and another method than GET.
DOORS_OF_THE_KEY_ITSELF = {"rotation": ("POST", "/api/v1/key/rotate"), "revocation": ("DELETE", "/api/v1/key")}

DOORS_FOR_FULL = {
    "decorator": "/full/decorator/sync",
    "async decorator": "/full/decorator/async",
    "decorated async class": "/full/class/async/decorated",
    "middleware": "/guarded/full/middleware",
    "Django REST framework": "/full/drf",
    "Django Ninja": "/ninja/full/sync",
    "async Django Ninja": "/ninja/full/async",
    "forward-auth": "/api/v1/verify?scope=full",
}

# Each asks for the scopes read-only and invoices, named in one text.
DOORS_FOR_TWO = {
    "decorator": "/text/decorator",
    "middleware": "/guarded/text/middleware",
    "Django REST framework": "/text/drf",
    "Django Ninja": "/ninja/text/sync",
}

# Behind the middleware, which has let the request in already.
DOORS_BELOW = {
    "decorator": "/guarded/decorator",
    "async decorator": "/guarded/decorator/async",
    "Django REST framework": "/guarded/drf",
    "Django Ninja": "/guarded/ninja/sync",
}
DOORS_BELOW_FOR_FULL = {
    "decorator": "/guarded/decorator/full",
    "Django REST framework": "/guarded/drf/full",
    "Django Ninja": "/guarded/ninja/full",
}

PROTECTED_PATHS = {"/guarded/": [], "/guarded/full/": ["full"], "/guarded/text/": "read-only invoices"}
