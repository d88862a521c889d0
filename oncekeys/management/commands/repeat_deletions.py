"""`manage.py repeat_deletions < FILE`: after an older backup was restored, and before the site is open again."""

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oncekeys.keys.token import PUBLIC_ID
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By


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
        back = [key for key in ApiKey.objects.not_deleted().select_related("account") if key.key_id in listed]
        for api_key in back:
            api_keys.delete(api_key=api_key, by=By.system())
            self.stdout.write(f"{api_key.account.slug}\t{api_key.public_id}\t{api_key.name}")
        self.stderr.write(f"{len(back)} of {len(listed)} had come back, and are deleted again.")


def _key_ids(lines: Iterable[str]) -> set[str]:
    """Raises CommandError before anything is done: half a list would leave keys alive."""
    found = set()
    try:
        for number, line in enumerate(lines, start=1):
            match = PUBLIC_ID.fullmatch(line.strip())
            if match is None:
                raise CommandError(f"Line {number} is no id of a key, like ok_live_7Fh2k9QxYz12. Nothing was deleted.")
            found.add(match[2])
    except UnicodeDecodeError:
        raise CommandError("This is no list of key ids, but a file of another kind. Nothing was deleted.") from None
    return found
