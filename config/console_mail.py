"""Mail of a machine that has no mail server: a line of the log for each, with the first link in it."""

import re
import sys
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import console

LINK = re.compile(r"https?://\S+")


class EmailBackend(console.EmailBackend):
    """Writes emails to standard error. Standard output is for what a command was asked for, such as a key."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"stream": sys.stderr, **options})

    def write_message(self, message: EmailMessage) -> None:
        link = LINK.search(str(message.body))
        line = f"Email to {', '.join(message.recipients())}: {message.subject}{f' · {link[0]}' if link else ''}"
        self.stream.write(f"{line}\n")
