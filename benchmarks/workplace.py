"""The workplace holds what every scenario works with."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.databases import Database
from benchmarks.effort import Effort


@dataclass(frozen=True)
class Workplace:
    """`site` is of the site as it is deployed, the others of a project without pages."""

    thousand: Database
    million: Database
    site: Database
    directory: Path
    effort: Effort
