"""Keeps caches from giving the response to one key to anyone else.

The response depends on request headers, so it says so in `Vary`, and shared caches must not store it (RFC 9111) unless
the view allows it. But one of Django's caches may be between the door and the view, such as `cache_page` below a
decorator, which never sees the finished response. So until the door has finished the response, the request tells caches
to store nothing.
"""

import re
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from oncekeys import compat
from oncekeys.doors.credentials import HEADERS

Response = TypeVar("Response", bound=HttpResponseBase)

VARY = ", ".join(HEADERS)
# With one of these, a view has said who may store its response.
DECIDED = re.compile(r"\b(public|private|no-store|s-maxage)\b", re.IGNORECASE)


def let_in(request: HttpRequest) -> None:
    """Keep Django's caches from storing a response to this request until `answered` is called."""
    compat.keep_out_of_caches(request)


def is_open(request: HttpRequest) -> bool:
    """Return whether a key was let in and the response, such as an error page, doesn't forbid caching yet."""
    return compat.is_kept_out_of_caches(request)


def answered(request: HttpRequest, response: Response) -> Response:
    """Return the same response, with the headers that caches in front of the door go by."""
    headers = response.headers
    headers.setdefault("Vary", VARY)
    if headers["Vary"] != VARY:  # taking it apart costs more than all else here
        patch_vary_headers(response, HEADERS)
    if is_open(request):
        compat.keep_out_of_caches(request, False)
        headers.setdefault("Cache-Control", "private")
        if not DECIDED.search(headers["Cache-Control"]):
            patch_cache_control(response, private=True)
    return response
