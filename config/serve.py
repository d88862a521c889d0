"""`python -m config.serve`: granian, unless a setting is wrong or its port is taken. All options are granian's.

granian shares its port with every process that asks for it too (SO_REUSEPORT). So a second start would not fail, but
answer a part of the requests, perhaps with settings or code of another day.
"""

import os
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from config.startup import check_settings, plain_errors

# A worker that was killed is replaced. Otherwise granian would end all the others too.
DEFAULTS = ["--respawn-failed-workers"]
SITE = ["--interface", "asginl", "--no-ws", "config.asgi:application"]


def why_not(host: str, port: int) -> str | None:
    """Why this process can't have the port for itself, or None where it can."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def main(options: Sequence[str]) -> None:
    """Becomes granian, so that signals reach it and a reload finds the code of then."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host", default=os.environ.get("GRANIAN_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("GRANIAN_PORT", "8000"))
    parser.add_argument("--uds", default=os.environ.get("GRANIAN_UDS"))
    asked, _ = parser.parse_known_args(options)
    with plain_errors():
        check_settings()
    if not asked.uds and (reason := why_not(asked.host, asked.port)):
        sys.exit(f"Can't listen on {asked.host}, port {asked.port}: {reason}. Stop what uses it, or choose another.")
    os.execv(sys.executable, [sys.executable, "-m", "granian", *DEFAULTS, *options, *SITE])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
