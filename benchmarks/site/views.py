"""The same trivial view behind every door."""

from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, JsonResponse
from django_tenant_apikeys.authentication import TenantAPIKeyAuthentication
from django_tenant_apikeys.permissions import HasAPIKeyScope
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from ninja import NinjaAPI
from rest_framework.authentication import BaseAuthentication, TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey

from oncekeys.doors.decorators import api_key_required
from oncekeys.doors.drf import ApiKeyAuthentication
from oncekeys.doors.ninja import ApiKeyAuth, answer_refusals
from oncekeys.keys import hashing
from oncekeys.keys.token import Token
from oncekeys.lookup.query import find
from oncekeys.models import Account
from oncekeys.services.admission import admit
from oncekeys.users import ApiUser

BODY = {"message": "Hello."}
NO_ONE = ApiUser(Account())
ONE_ROW = "SELECT id, account_id, secret_hash FROM oncekeys_apikey WHERE key_id = %s"


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse(BODY)


def prepared_floor(request: HttpRequest) -> JsonResponse:
    _read_one_row(request)
    return JsonResponse(BODY)


def _read_one_row(request: HttpRequest) -> None:
    """Run a statement that Django's cursor has the driver prepare."""
    with connections["prepared"].cursor() as cursor:
        cursor.execute(ONE_ROW, [request.META["HTTP_API_KEY"].split("_")[2]])
        cursor.fetchone()


def argon2_each_time(request: HttpRequest) -> JsonResponse:
    """Run Argon2id on every request, as a design that stores only a slow hash would."""
    token = Token(request.headers["API-Key"])
    found = find(token.key_id)
    right = found and found.api_key.secret_hash and hashing.matches(token, found.api_key.secret_hash)
    return JsonResponse(BODY, status=200 if right else 401)


plain = api_key_required(bare)


@api_key_required
async def async_door(request: HttpRequest) -> JsonResponse:
    return JsonResponse(BODY)


async def thread_for_each_request(request: HttpRequest) -> JsonResponse:
    """The same key in the thread that an ASGI server's request has for itself, which is what Django does by default."""
    await sync_to_async(admit)(request.headers["API-Key"], secure=True, address=None)
    return JsonResponse(BODY)


class TrivialView(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response(BODY)


class ChecksNothing(BaseAuthentication):
    """Reads a row as the floor does, and lets everyone in."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        _read_one_row(request)
        return NO_ONE, None


drf_floor = TrivialView.as_view(authentication_classes=[ChecksNothing])
drf_token = TrivialView.as_view(authentication_classes=[TokenAuthentication])
knox = TrivialView.as_view(authentication_classes=[KnoxTokenAuthentication])
drf_api_key = TrivialView.as_view(authentication_classes=[], permission_classes=[HasAPIKey])
tenant_apikeys = TrivialView.as_view(
    authentication_classes=[TenantAPIKeyAuthentication], permission_classes=[HasAPIKeyScope]
)
drf = TrivialView.as_view(authentication_classes=[ApiKeyAuthentication])

api = NinjaAPI(auth=ApiKeyAuth(), docs_url=None, openapi_url=None)
answer_refusals(api)


@api.get("")
def trivial(request: HttpRequest) -> dict[str, str]:
    return BODY
