"""Sends as many requests as a server answers, by `wrk`."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.programs import find_program

CONNECTIONS = 16
SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Load:
    """The answers under load: `refused` counts those of 400 and above, `failed` requests without an answer."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    failed: int

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


class Driver:
    """A wrk that runs until its time is up: started on construction, so that two can run at once."""

    def __init__(
        self, url: str, headers: Sequence[str], *, seconds: int, connections: int = CONNECTIONS, rate: int | None = None
    ) -> None:
        """`rate` is how many requests a second it sends, if the connections suffice; None: as many as are answered."""
        self._headers = Path(tempfile.mkdtemp(prefix="oncekeys-headers-")) / "headers"
        self._headers.write_text("\n".join(headers))
        options = ["--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "30s"]
        self._process = subprocess.Popen(
            [find_program("wrk"), *options, "--script", SCRIPT, url, "--", self._headers, str(rate or 0)],
            stdout=subprocess.PIPE,
            text=True,
        )

    def result(self) -> Load:
        output, _ = self._process.communicate()
        shutil.rmtree(self._headers.parent)
        return Load(**json.loads(output.splitlines()[-1]))


def drive(url: str, headers: Sequence[str], *, seconds: int, connections: int = CONNECTIONS) -> Load:
    return Driver(url, headers, seconds=seconds, connections=connections).result()
