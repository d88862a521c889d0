"""The door of Django Ninja.

api = NinjaAPI(auth=ApiKeyAuth())
answer_refusals(api)
"""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security import APIKeyHeader

from accounts import conf
from accounts.authentication import openapi, problems, requests
from accounts.models import ApiKey, Environment
from accounts.services.refusals import Refused


class ApiKeyAuth(APIKeyHeader):
    """`request.user` is the account's API user and `request.auth` the ApiKey.

    `ApiKeyAuth(environment=…, scopes=[…])` lets in the keys that may do that.
    """

    param_name = "API-Key"
    openapi_description = openapi.SECURITY_SCHEMES["ApiKey"]["description"]

    def __init__(self, *, environment: Environment | None = None, scopes: str | Iterable[str] = ()) -> None:
        super().__init__()
        self._environment = environment
        self._scopes = conf.listed(scopes)

    def authenticate(self, request: HttpRequest, key: str | None) -> ApiKey:
        """`key` is what the header API-Key holds; the other ways to present one are looked at as well."""
        try:
            return requests.authenticate(request, environment=self._environment, scopes=self._scopes).auth
        except Refused as refused:
            raise Problem(refused) from None


class Problem(HttpError):
    """A refusal. Without `answer_refusals` it still has its status and its sentence."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(problems.ANSWERS[refused.code].status, refused.detail)
        self.refused = refused


def answer_refusals(api: NinjaAPI) -> None:
    """Let refusals be problem documents with their challenge, as through every other door."""

    @api.exception_handler(Problem)
    def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
        return problems.response(problem.refused)
