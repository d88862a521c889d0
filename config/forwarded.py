"""Reads what our own proxies say about the scheme, in the same way everywhere."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import programs
from oncekeys.doors.schemes import claims_https, is_secure

UNTRUSTED_PROXY = (
    "This site doesn't trust the proxy in front of it, so it can't tell that you use HTTPS. "
    "Its operator must set TRUSTED_PROXY_HOPS.\n"
)


class ForwardedMiddleware:
    """Has Django believe what `is_secure` does, and ends the loop of redirects behind a proxy that is not trusted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_PROXY_SSL_HEADER and settings.SECURE_PROXY_SSL_HEADER[0] in request.META:
            name, https = settings.SECURE_PROXY_SSL_HEADER
            request.META[name] = https if is_secure(request) else "http"
        elif _would_loop(request):
            return HttpResponse(UNTRUSTED_PROXY, status=503, content_type="text/plain")
        return self.get_response(request)


def _would_loop(request: HttpRequest) -> bool:
    """Programs are refused with a problem document instead."""
    is_redirected = settings.SECURE_SSL_REDIRECT and not programs.is_api(request.path_info)
    return is_redirected and not request.is_secure() and claims_https(request)
