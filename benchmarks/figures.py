"""One number, and the bar that it has to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One without a bar is there for the record. A ratio's name is `one/other`; any other name says the unit."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def is_ratio(self) -> bool:
        return "/" in self.name and " " not in self.name

    @property
    def bar(self) -> dict[str, float]:
        """Empty, or `at_least` or `at_most` with the limit."""
        limits = {"at_least": self.at_least, "at_most": self.at_most}
        return {name: limit for name, limit in limits.items() if limit is not None}
