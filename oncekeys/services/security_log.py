"""Writes a line to the logger `oncekeys.security` for each event that an operator may want to monitor.

A line has the event's kind, numbers and public IDs. It has no secrets, and no names or emails that people typed.
"""

import json
import logging
import re

logger = logging.getLogger("oncekeys.security")

Fact = str | int | bool | None
# Values that need no quotes in `name=value`.
PLAIN = re.compile(r"[\w.:/@+-]+", re.ASCII)


def write(event: str, **facts: Fact) -> None:
    """Write a line such as `event=sign_in.failed person=7 address=192.0.2.1`, with the facts in `record.security`."""
    known = {"event": str(event), **{name: fact for name, fact in facts.items() if fact not in (None, "")}}
    text = " ".join(f"{name}={_written(fact)}" for name, fact in known.items())
    logger.info("%s", text, extra={"security": known})


def _written(fact: Fact) -> str:
    text = str(fact).lower() if isinstance(fact, bool) else str(fact)
    return text if PLAIN.fullmatch(text) else json.dumps(text)
