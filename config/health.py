"""Liveness and readiness, answered before anything that could fail, for whichever host name a probe uses."""

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

import oncekeys

READ_ONLY = {"postgresql": "SELECT current_setting('transaction_read_only')::bool"}
KEYS_ALONE = "The database is read-only: keys work, and nothing can be changed.\n"


class HealthMiddleware:
    """`/healthz`: this process answers, and says its version. `/readyz`: and its database does too, else 503.

    One that is read-only is ready, since keys go on: the answer says so.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return HttpResponse(f"ok\noncekeys {oncekeys.__version__}\n", content_type="text/plain")
        if request.path_info == "/readyz":
            return _readiness()
        return self.get_response(request)


def _readiness() -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute(READ_ONLY.get(connection.vendor, "SELECT 0"))
            (is_read_only,) = cursor.fetchone()
    except Error:
        return HttpResponse("database unavailable\n", status=503, content_type="text/plain")
    return HttpResponse(f"ok\n{KEYS_ALONE if is_read_only else ''}", content_type="text/plain")
