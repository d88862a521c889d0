"""`manage.py delete_ended`: that of the keys, and what is over of the site's people besides."""

from typing import Any

from accounts.services import invitations, sessions
from oncekeys.management.commands import delete_ended


class Command(delete_ended.Command):
    help = (
        f"{delete_ended.Command.help} Also sign-in sessions that have ended, with the addresses and browsers that they "
        "came from, and invitations that ended 90 days ago."
    )

    def handle(self, **options: Any) -> None:
        super().handle(**options)
        sessions.delete_ended()
        invitations.delete_ended()
