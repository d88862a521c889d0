"""What every scenario works with."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import Database
from benchmarks.effort import Effort


@dataclass(frozen=True)
class Workplace:
    thousand: Database
    million: Database
    directory: Path
    effort: Effort
