"""`manage.py delete_ended`: for a daily job, on one or several machines."""

from typing import Any

from django.core.management.base import BaseCommand

from oncekeys.services import retention


class Command(BaseCommand):
    help = (
        "Deletes what is over: the IP addresses of keys that were deleted 90 days ago, counts of calls as old as that, "
        "and notes about warnings of keys that have ended."
    )

    def handle(self, **options: Any) -> None:
        retention.delete_ended()
