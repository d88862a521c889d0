"""Counts runs of Argon2 in servers: `benchmarks.site.wsgi` adds a byte to a file for each."""

from pathlib import Path


class Tally:
    def __init__(self, file: Path) -> None:
        file.touch()
        self._file = file

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables for the server's environment."""
        return {"ARGON2_TALLY": str(self._file)}

    @property
    def runs(self) -> int:
        """Return the number of runs so far."""
        return self._file.stat().st_size
