"""`manage.py send_emails`: the service that sends what waits in the outbox."""

import logging
import signal
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from accounts import outbox
from oncekeys.models.transactions import AWAY

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1
SECONDS_WHILE_AWAY = 30


class Command(BaseCommand):
    help = "Sends the emails that wait in the outbox, until it is stopped. Several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        self._stopping = False
        if once:
            self._send_all()
            return
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, self._stop)
        while not self._stopping:
            self._rest(SECONDS_BETWEEN_LOOKS if self._send() else SECONDS_WHILE_AWAY)

    def _send_all(self) -> None:
        """Send what is due now. Emails that come meanwhile, or are put off, are for the next run."""
        now = timezone.now()
        while self._send() and outbox.is_due(now):
            pass

    def _stop(self, *_: Any) -> None:
        """The email that is being sent is finished first. The others wait for the next start."""
        self._stopping = True

    def _send(self) -> bool:
        try:
            return outbox.send_due(is_stopping=lambda: self._stopping)
        except AWAY as error:
            logger.warning("The outbox can't be read: %s", type(error).__name__)
            return False
        finally:
            close_old_connections()

    def _rest(self, seconds: int) -> None:
        """In steps, since a signal does not shorten a sleep."""
        for _ in range(seconds):
            if not self._stopping:
                time.sleep(1)
