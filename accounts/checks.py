"""Checks of people's data, run by `check --deploy --database default`."""

from collections.abc import Collection
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections, router
from post_office.models import Email

from accounts import outbox


@register(Tags.database, deploy=True)
def _emails_are_sent(databases: Collection[str] | None = None, **_: Any) -> list[CheckMessage]:
    alias = router.db_for_read(Email)
    if alias not in (databases or ()) or not _has_tables(alias):
        return []
    since = outbox.delayed_since()
    if since is None:
        return []
    sentence = (
        f"Emails wait in the outbox since {since:%Y-%m-%d %H:%M} UTC: either no send_emails runs, or the mail server "
        "is away. Its log says which."
    )
    return [Warning(sentence, id="accounts.W001")]


def _has_tables(alias: str) -> bool:
    """Return whether the first migration has run. Commands check before it, too."""
    return Email._meta.db_table in connections[alias].introspection.table_names()
