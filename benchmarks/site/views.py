"""The same trivial view behind every door."""

from collections.abc import Callable

from django.db import connection, connections
from django.http import HttpRequest, JsonResponse
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from ninja import NinjaAPI
from psycopg import Cursor
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey

from oncekeys.doors.decorators import api_key_required
from oncekeys.doors.drf import ApiKeyAuthentication
from oncekeys.doors.middleware import api_key_middleware
from oncekeys.doors.ninja import ApiKeyAuth, answer_refusals
from oncekeys.keys import hashing
from oncekeys.keys.token import Token
from oncekeys.lookup.query import find
from oncekeys.models import ApiKey

View = Callable[[HttpRequest], JsonResponse]

BODY = {"message": "Hello."}
ONE_ROW = "SELECT id, account_id, secret_hash FROM oncekeys_apikey WHERE key_id = %s"


def bare(request: HttpRequest) -> JsonResponse:
    return JsonResponse(BODY)


def orm_row(request: HttpRequest) -> JsonResponse:
    """One indexed query of one table."""
    ApiKey.objects.get(key_id=_key_id(request))
    return JsonResponse(BODY)


def orm_joins(request: HttpRequest) -> JsonResponse:
    """One indexed query with the join that every authentication needs."""
    ApiKey.objects.select_related("account").get(key_id=_key_id(request))
    return JsonResponse(BODY)


def prepared_floor(request: HttpRequest) -> JsonResponse:
    """One row, by a statement that Django's cursor has the driver prepare."""
    with connections["prepared"].cursor() as cursor:
        cursor.execute(ONE_ROW, [_key_id(request)])
        cursor.fetchone()
    return JsonResponse(BODY)


def prepared_by_driver(request: HttpRequest) -> JsonResponse:
    """The same past Django's cursor and its health check, so nothing but the driver: below this is only libpq."""
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        cursor.execute(ONE_ROW, [_key_id(request)], prepare=True).fetchone()
    return JsonResponse(BODY)


def argon2_each_time(request: HttpRequest) -> JsonResponse:
    """What storing nothing but a slow hash would cost."""
    token = Token(request.headers["API-Key"])
    found = find(token.key_id)
    right = found and found.api_key.secret_hash and hashing.matches(token, found.api_key.secret_hash)
    return JsonResponse(BODY, status=200 if right else 401)


decorated = api_key_required(bare)
behind_middleware = api_key_middleware(bare)


class TrivialView(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response(BODY)


drf_token = TrivialView.as_view(authentication_classes=[TokenAuthentication])
knox = TrivialView.as_view(authentication_classes=[KnoxTokenAuthentication])
drf_api_key = TrivialView.as_view(authentication_classes=[], permission_classes=[HasAPIKey])
drf = TrivialView.as_view(authentication_classes=[ApiKeyAuthentication])
drf_bare = TrivialView.as_view(authentication_classes=[], permission_classes=[])

api = NinjaAPI(auth=ApiKeyAuth(), docs_url=None, openapi_url=None)
answer_refusals(api)


@api.get("")
def trivial(request: HttpRequest) -> dict[str, str]:
    return BODY


def _key_id(request: HttpRequest) -> str:
    return request.META["HTTP_API_KEY"].split("_")[2]
