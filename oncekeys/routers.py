"""For a project whose keys are in a second database, such as that of the site: see docs/host.md."""

from typing import Any

from django.db.models import Model

# As DATABASES names it.
ALIAS = "oncekeys"


class KeysRouter:
    """Reads and writes keys in the database `oncekeys`, where another project makes the tables."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == "oncekeys" else None

    db_for_write = db_for_read

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        """A key's account is beside it; the people who made it are in the other project."""
        return True if "oncekeys" in {one._meta.app_label, other._meta.app_label} else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS or app_label == "oncekeys" else None
