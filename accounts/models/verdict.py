"""Whether a key that was rotated can go: what the use of the old and of the new one says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from accounts.models.api_key import ApiKey
from accounts.models.figures import Figures

# For so long the old key must have been silent, or for as long as it usually is between its calls.
SILENCE = timedelta(hours=1)


class Finding(StrEnum):
    NEW_REFUSED = "new-refused"
    NEW_UNUSED = "new-unused"
    OLD_IN_USE = "old-in-use"
    OLD_TRIED = "old-tried"
    OLD_JUST_SILENT = "old-just-silent"
    OLD_SILENT = "old-silent"
    OLD_NEVER_USED = "old-never-used"
    OLD_ENDED = "old-ended"


SAFE = {Finding.OLD_SILENT, Finding.OLD_NEVER_USED}


@dataclass(frozen=True)
class Verdict:
    """On a key that is being replaced. `figures` are those of the old key, `at` is the database's clock."""

    old: ApiKey
    new: ApiKey
    figures: Figures
    at: datetime

    @property
    def is_safe(self) -> bool:
        """To delete the old key: the new one is in use, and nothing calls with the old one any more."""
        return self.finding in SAFE

    @property
    def finding(self) -> Finding:
        if self.old.is_expired(at=self.at):
            return Finding.OLD_ENDED
        if self.new.paused_at is not None or self.new.is_expired(at=self.at):
            return Finding.NEW_REFUSED
        if self.new.last_used_at is None or self.new.last_used_at < self.new.created_at:
            return Finding.NEW_UNUSED
        return self._finding_of_old()

    def _finding_of_old(self) -> Finding:
        if self.old.last_used_at is not None and self.at - self.old.last_used_at < SILENCE:
            return Finding.OLD_IN_USE
        if self.figures.refused_last_hour:
            # A paused key is silent by force, and those who call with it still need one.
            return Finding.OLD_TRIED
        if self.figures.last_hour or (self.silence is not None and self.silence < self.figures.rhythm):
            return Finding.OLD_JUST_SILENT
        return Finding.OLD_NEVER_USED if self.silence is None else Finding.OLD_SILENT

    @property
    def silence(self) -> timedelta | None:
        """How long nobody has called with the old key, let in or not; None if nobody ever did."""
        calls = [moment for moment in (self.old.last_used_at, self.figures.last_refused_at) if moment is not None]
        return self.at - max(calls) if calls else None
