"""`/.well-known/security.txt`: where to report a vulnerability of this site, by RFC 9116."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

PATH = "/.well-known/security.txt"
# It is made for each request, so this only says how long a copy may be trusted: less than a year, 2.5.5.
TRUSTED_FOR = timedelta(days=90)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """404 where the settings name no one to write to."""
    if not settings.SECURITY_CONTACTS:
        raise Http404
    expires = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + TRUSTED_FOR
    fields = [
        *(("Contact", contact) for contact in settings.SECURITY_CONTACTS),  # the first is the preferred one, 2.5.3
        ("Expires", expires.isoformat()),
        ("Preferred-Languages", settings.LANGUAGE_CODE),
        ("Canonical", f"{settings.PUBLIC_URL}{PATH}"),
    ]
    lines = "".join(f"{name}: {value}\n" for name, value in fields)
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")
