"""Writes a line on the logger `oncekeys.security` for each event that an operator's monitoring may want to know.

A line has names of kinds, numbers and public IDs: no secret, and none of the names and emails that people type.
"""

import json
import logging
import re

logger = logging.getLogger("oncekeys.security")

Fact = str | int | bool | None
# What needs no quotes in `name=value`.
PLAIN = re.compile(r"[\w.:/@+-]+", re.ASCII)


def write(event: str, **facts: Fact) -> None:
    """`sign_in.failed person=7 address=192.0.2.1`; a handler that writes JSON finds the facts in `record.security`."""
    known = {"event": str(event), **{name: fact for name, fact in facts.items() if fact not in (None, "")}}
    text = " ".join(f"{name}={_written(fact)}" for name, fact in known.items())
    logger.info("%s", text, extra={"security": known})


def _written(fact: Fact) -> str:
    text = str(fact).lower() if isinstance(fact, bool) else str(fact)
    return text if PLAIN.fullmatch(text) else json.dumps(text)
