"""Who asks for a change, and from where."""

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class By:
    """`actor` None is the system itself; `address` is the IP address of the request, None where it is unknown."""

    actor: User | None
    address: str | None = None

    @classmethod
    def system(cls) -> "By":
        return cls(None)

    @property
    def person(self) -> User:
        """For what the system never does by itself."""
        if self.actor is None:
            raise ValueError("Only a person can do this.")
        return self.actor
