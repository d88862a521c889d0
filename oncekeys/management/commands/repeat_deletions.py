"""`manage.py repeat_deletions < FILE`: after an older backup was restored, and before the site is open again."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By

IDS_AT_ONCE = 500


class Command(BaseCommand):
    help = "Deletes the keys that live here of those on standard input, as list_deletions printed them."

    def handle(self, **options: Any) -> None:
        if sys.stdin.isatty():
            raise CommandError(
                "Give it the list that list_deletions printed: repeat_deletions < FILE. Nothing was deleted."
            )
        listed = _key_ids(sys.stdin)
        if not listed:
            self.stderr.write("The list is empty, so nothing was deleted. Is it the right one?")
            return
        back = 0
        for api_key in _that_live(sorted(listed)):
            back += 1
            api_keys.delete(api_key=api_key, by=By.system())
            self.stdout.write(f"{api_key.account.slug}\t{api_key.public_id}\t{api_key.name}")
        self.stderr.write(f"{back} of {len(listed)} had come back, and are deleted again.")


def _that_live(key_ids: Sequence[str]) -> Iterator[ApiKey]:
    """Those of these keys that are not deleted here, a page of IDs at a time."""
    keys = ApiKey.objects.not_deleted().select_related("account")
    for first in range(0, len(key_ids), IDS_AT_ONCE):
        yield from list(keys.filter(key_id__in=key_ids[first : first + IDS_AT_ONCE]))


def _key_ids(lines: Iterable[str]) -> set[str]:
    """Raises CommandError before anything is done: half a list would leave keys alive."""
    found = set()
    try:
        for number, line in enumerate(lines, start=1):
            match = PUBLIC_ID.fullmatch(line.strip())
            if match is None:
                raise CommandError(f"Line {number} isn't a key ID like ok_live_7Fh2k9QxYz12. Nothing was deleted.")
            found.add(match[2])
    except UnicodeDecodeError:
        raise CommandError("This isn't a list of key IDs but another kind of file. Nothing was deleted.") from None
    return found
