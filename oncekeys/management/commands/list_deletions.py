"""`manage.py list_deletions`: what a restored backup must not bring back to life. Keep it apart from the database."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oncekeys.models import ApiKey


class Command(BaseCommand):
    help = "Prints the ids of the keys that were deleted, or replaced and have ended: the input of repeat_deletions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="write them there; what it holds stays until all are written"
        )

    def handle(self, *, output: Path | None, **options: Any) -> None:
        lines = (f"{public_id}\n" for public_id in ApiKey.objects.revoked().public_ids())
        if output is None:
            self.stdout.writelines(lines)
            return
        try:
            _replace(output, lines)
        except OSError as error:
            raise CommandError(f"{output} can't be written: {error.strerror}. What it held is unchanged.") from None


def _replace(file: Path, lines: Iterable[str]) -> None:
    """Its new content beside it first, under a name that `*` leaves out."""
    new = file.with_name(f".{file.name}.new")
    with new.open("w") as written:
        written.writelines(lines)
        written.flush()
        os.fsync(written.fileno())
    new.replace(file)
