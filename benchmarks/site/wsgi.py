"""The servers' entry point. With `ARGON2_TALLY` naming a file, each run of Argon2 adds a byte to it."""

import os
from typing import Any

import argon2
from django.core.wsgi import get_wsgi_application


def tally(path: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    verify = argon2.PasswordHasher.verify

    def counted(*arguments: Any) -> bool:
        os.write(file, b".")
        return verify(*arguments)

    argon2.PasswordHasher.verify = counted  # type: ignore[assignment, method-assign]


if "ARGON2_TALLY" in os.environ:
    tally(os.environ["ARGON2_TALLY"])

application = get_wsgi_application()
