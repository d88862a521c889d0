"""Mail of a machine that has no mail server: it is shown, among what the log shows."""

import sys
from typing import Any

from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """On standard error: standard output is for what a command was asked for, such as a key."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"stream": sys.stderr, **options})
