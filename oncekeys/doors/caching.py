"""Keeps the answer to one key away from everyone else.

What a door answers depends on request headers, so the answer says so in `Vary`, and is not for shared caches (RFC 9111)
unless the view says otherwise. But one of Django's caches may be between door and view, as `cache_page` below a
decorator is, and never sees the finished answer. So until the door has finished it, the request tells caches not to
store any.
"""

import re
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers

from oncekeys import compat
from oncekeys.doors.credentials import HEADERS

Response = TypeVar("Response", bound=HttpResponseBase)

# With one of these, a view has said who may store its answer.
DECIDED = re.compile(r"\b(public|private|no-store|s-maxage)\b", re.IGNORECASE)


def let_in(request: HttpRequest) -> None:
    """From here on, no cache of Django's stores an answer to this request, until `answered`."""
    compat.keep_out_of_caches(request)


def is_open(request: HttpRequest) -> bool:
    """Return whether a key was let in and the response, such as an error page, doesn't forbid caching yet."""
    return compat.is_kept_out_of_caches(request)


def answered(request: HttpRequest, response: Response) -> Response:
    """The same response, with what it tells caches. Those before the door go by that."""
    patch_vary_headers(response, HEADERS)
    if is_open(request):
        compat.keep_out_of_caches(request, False)
        if not DECIDED.search(response.get("Cache-Control", "")):
            patch_cache_control(response, private=True)
    return response
