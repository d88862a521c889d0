"""The actor who asks for a change, and the IP address they use."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class By:
    """The actor is a person, or if None, the key itself if `is_key`, or else the system.

    `address` is the IP address of the request, or None if it is unknown.
    """

    actor: Any
    address: str | None = None
    is_key: bool = False

    @classmethod
    def system(cls) -> "By":
        return cls(None)

    @property
    def person(self) -> Any:
        """Return the person, for things only a person may do. Raises ValueError."""
        if self.actor is None:
            raise ValueError("Only a person can do this.")
        return self.actor
