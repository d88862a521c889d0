"""`manage.py list_deletions`: what a restored backup must not bring back to life. Keep it apart from the database."""

from typing import Any

from django.core.management.base import BaseCommand

from oncekeys.models import ApiKey


class Command(BaseCommand):
    help = "Prints the ids of the keys that were deleted, or replaced and have ended: the input of repeat_deletions."

    def handle(self, **options: Any) -> None:
        for api_key in ApiKey.objects.revoked().order_by("pk").iterator():
            self.stdout.write(api_key.public_id)
