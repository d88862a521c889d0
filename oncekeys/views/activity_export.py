"""The audit log as a file for spreadsheets: CSV by RFC 4180, in UTF-8 with a byte order mark, whatever its length."""

import csv
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from oncekeys import links
from oncekeys.forms.activity import ActivityFilterForm
from oncekeys.host import host
from oncekeys.models import Account, AuditEvent, AuditKind
from oncekeys.models.audit import AuditEventQuerySet
from oncekeys.notifications.message import address_of
from oncekeys.services import audit
from oncekeys.templatetags.oncekeys_events import facts, who
from oncekeys.views.access import manager_required
from oncekeys.views.requests import AccountRequest

CONTENT_TYPE = "text/csv; charset=utf-8; header=present"
COLUMNS = ("time", "event", "who", "email", "key_name", "key_id", "address", "details")
# Without it, Excel takes UTF-8 for the encoding of its own country and shows "Ã©" for "é".
BYTE_ORDER_MARK = "\ufeff"
# Read at once, so that neither memory nor a cursor of the database grows with the log.
CHUNK = 1000
# Where a cell can begin for one program or another, whichever separator it takes and however it reads quotes; and,
# behind it, how a formula begins: OWASP, "CSV Injection". Apostrophes between the two count, so that all can be undone.
FORMULA = re.compile(r"""((?:^|[,;|\t\r\n"])[" ]*)(?='*[=+\-@＝＋－＠\t\r\n])""")


@require_POST
@manager_required
def download(request: AccountRequest, account: Account) -> HttpResponseBase:
    """Download the filtered events. A filter with errors is explained on the page itself.

    A POST, since the download is itself an event, which no link of another site may write.
    """
    form = ActivityFilterForm(request.GET, account=account)
    if not form.is_valid():
        return HttpResponseRedirect(_page_of_filter(request))
    request.after_proof = _page_of_filter(request)  # a browser stays on the page that a download began at
    if asked := host.confirm(request):
        return asked
    exported = audit.record(AuditKind.ACTIVITY_EXPORTED, account=account, by=request.by)
    pieces = _pieces(form.events().filter(pk__lt=exported.pk), translation.get_language())
    # Django reads an iterator of the other kind to its end before it sends anything.
    response = StreamingHttpResponse(
        _in_turn(pieces) if isinstance(request, ASGIRequest) else pieces, content_type=CONTENT_TYPE
    )
    name = f"{account.slug}-activity-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def _page_of_filter(request: AccountRequest) -> str:
    return f"{links.page(request, 'activity')}?{request.GET.urlencode()}".removesuffix("?")


def _pieces(events: AuditEventQuerySet, language: str | None) -> Iterator[str]:
    yield BYTE_ORDER_MARK + written([COLUMNS])
    before = None
    while chunk := list(events.newest_first(before=before)[:CHUNK]):
        # The request's own language and time zone are gone by now.
        with translation.override(language), timezone.override(UTC):
            text = written(map(_row, chunk))
        yield text
        before = chunk[-1].at, chunk[-1].pk


async def _in_turn(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Iterate under ASGI, asking the database in a thread."""
    while (piece := await sync_to_async(lambda: next(pieces, None))()) is not None:
        yield piece


def written(rows: Iterable[Sequence[str]]) -> str:
    """Return the row as CSV. No program takes a cell, or a part of one, for a formula."""
    text = StringIO(newline="")
    csv.writer(text).writerows([*map(_harmless, row)] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    """After an apostrophe, a spreadsheet takes it for text. docs/consumers.md has the way back."""
    return FORMULA.sub(r"\1'", cell)


def _row(event: AuditEvent) -> Sequence[str]:
    return (
        _exactly(event.at),
        event.kind,
        who(event),
        address_of(event.actor) if event.actor else "",
        event.details.get("name", ""),
        event.api_key.public_id if event.api_key else "",
        event.address or "",
        " ".join(facts(event)),
    )


def _exactly(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
