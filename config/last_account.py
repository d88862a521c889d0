"""Remembers in a cookie of which account a page was opened last: the top bar of a person's own pages leads back to it.

The session doesn't hold it, since a page that is only looked at mustn't write there.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from config.last_seen import WATCH


class LastAccountMiddleware:
    """Sets a slug, which counts only where the person is a member; signing out takes it away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        known = request.COOKIES.get(settings.LAST_ACCOUNT_COOKIE_NAME)
        slug = _opened(request)
        if slug and slug != known:
            _remember(response, slug, seconds=settings.SESSION_LONGEST_SECONDS)
        elif known and _is_signed_out(request):
            _remember(response, "", seconds=0)
        return response


def _opened(request: HttpRequest) -> str:
    """Return the slug of the account, which the host has found. What looks again by itself opens none."""
    membership = getattr(request, "membership", None)
    return membership.account.slug if membership and WATCH not in request.headers else ""


def _is_signed_out(request: HttpRequest) -> bool:
    """Asks the session only if it was read anyway."""
    return bool(request.session.accessed and SESSION_KEY not in request.session)


def _remember(response: HttpResponse, slug: str, *, seconds: int) -> None:
    response.set_cookie(
        settings.LAST_ACCOUNT_COOKIE_NAME,
        slug,
        max_age=seconds,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
