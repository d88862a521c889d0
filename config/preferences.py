"""Speaks to people in their language and shows moments in their time zone: their profile's, else their browser's."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from accounts.models import time_zones
from oncekeys.models.transactions import AWAY


class PreferencesMiddleware:
    """Sets language and time zone. Comes after the authentication middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _says_nothing(request):
            return self.get_response(request)
        profile = _profile(request)
        language = _language(request, profile)
        with translation.override(language), timezone.override(_zone(request, profile)):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            patch_vary_headers(response, ["Accept-Language"])
            response.headers.setdefault("Content-Language", language)
        return response


def _says_nothing(request: HttpRequest) -> bool:
    """It has neither a language nor a cookie, so no preferences that it would have to wait for."""
    return "HTTP_ACCEPT_LANGUAGE" not in request.META and "HTTP_COOKIE" not in request.META


def _language(request: HttpRequest, profile: Any) -> str:
    chosen = getattr(profile, "language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _zone(request: HttpRequest, profile: Any) -> ZoneInfo | None:
    """An unknown name counts as none."""
    return time_zones.find(getattr(profile, "time_zone", "") or request.COOKIES.get(time_zones.COOKIE, ""))


def _profile(request: HttpRequest) -> Any:
    """The person. Skip the query for requests without a session. One that can't be read now counts as none."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    try:
        bool(request.user)  # reads it
    except AWAY:
        return None
    return request.user
