"""Sentry's SDK, set up as docs/django.md shows, and sending all it can: to files, not to a server."""

import os
import re
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.scrubber import EventScrubber
from sentry_sdk.transport import Transport

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "django.md"
(EXAMPLE,) = re.findall(r"```python name=sentry\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


class IntoFiles(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        """A file for each, which gets its name when it's whole."""
        folder, name = Path(os.environ["SENT"]), uuid4().hex
        (folder / f".{name}").write_bytes(envelope.serialize())
        (folder / f".{name}").rename(folder / name)


EVERYTHING: dict[str, Any] = {
    "send_default_pii": True,
    "max_request_body_size": "always",
    "traces_sample_rate": 1.0,
    "enable_logs": True,
    # The SDK's own, which knows some of our headers, must not hide what ours overlooks.
    "event_scrubber": EventScrubber(denylist=[], pii_denylist=[]),
}


def start() -> None:
    with patch.object(sentry_sdk, "init", partial(sentry_sdk.init, transport=IntoFiles, **EVERYTHING)):
        exec(EXAMPLE, {})
