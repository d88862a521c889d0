"""Django's pages about an error, with DEBUG on, without the keys that someone put into an address."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from oncekeys.keys.masking import mask

ERRORS = 400


class MaskingMiddleware:
    """The outermost, since what others let through becomes a page around each of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= ERRORS and not response.streaming:
            response.content = mask(response.content.decode(response.charset)).encode(response.charset)
            response.headers["Content-Length"] = str(len(response.content))
        return response
