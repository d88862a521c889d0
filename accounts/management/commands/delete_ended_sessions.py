"""`manage.py delete_ended_sessions`: for a daily job, on one or several machines."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Deletes sign-in sessions that have ended, with the addresses and browsers that they came from."

    def handle(self, **options: Any) -> None:
        from accounts.services import sessions

        sessions.delete_ended()
