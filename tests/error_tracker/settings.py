"""The site with Sentry's SDK, set up as docs/integrating.md shows, and sending all it can: to files, not to a server.

Only for a process of its own, since the SDK changes Django for good.
"""

import os
import re
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.scrubber import EventScrubber
from sentry_sdk.transport import Transport

from oncekeys.settings import *  # noqa: F403
from tests.servers import ROOT

ROOT_URLCONF = "tests.error_tracker.urls"
(EXAMPLE,) = re.findall(r"```python name=sentry\n(.*?)```", (ROOT / "docs" / "integrating.md").read_text(), re.DOTALL)


class IntoFiles(Transport):
    def capture_envelope(self, envelope: Envelope) -> None:
        """A file for each, which gets its name when it's whole."""
        folder, name = Path(os.environ["SENT"]), uuid4().hex
        (folder / f".{name}").write_bytes(envelope.serialize())
        (folder / f".{name}").rename(folder / name)


EVERYTHING = {
    "send_default_pii": True,
    "max_request_body_size": "always",
    "traces_sample_rate": 1.0,
    "enable_logs": True,
    # The SDK's own, which knows some of our headers, must not hide what ours overlooks.
    "event_scrubber": EventScrubber(denylist=[], pii_denylist=[]),
}
with patch.object(sentry_sdk, "init", partial(sentry_sdk.init, transport=IntoFiles, **EVERYTHING)):
    exec(EXAMPLE, {})
