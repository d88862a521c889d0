"""Writes down that a person was refused a page: 403, for whichever reason."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from accounts.models import PersonEventKind
from accounts.models.person_event import PersonDetails
from accounts.services import person_log
from oncekeys.client import client_address
from oncekeys.services.by import By

# Keys are refused there, and no person is.
FOR_PROGRAMS = "/api/"


class RefusedPagesMiddleware:
    """Names the page by its view: its address may hold the token of a link."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.FORBIDDEN and not request.path_info.startswith(FOR_PROGRAMS):
            _note(request)
        return response


def _note(request: HttpRequest) -> None:
    match = request.resolver_match
    place: PersonDetails = {"page": match.view_name, "account": match.kwargs.get("slug", "")} if match else {}
    if request.user.is_authenticated:
        person_log.record(PersonEventKind.PAGE_REFUSED, person=request.user, request=request, **place)
    else:
        person_log.write(PersonEventKind.PAGE_REFUSED, by=By(None, client_address(request)), **place)
