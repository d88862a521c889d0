"""For a project whose keys are in the database of another one: `DATABASE_ROUTERS` names this; see docs/host.md."""

from typing import Any

from django.db.models import Model

APP = ALIAS = "oncekeys"


class KeysRouter:
    """The tables of this app are behind the alias `oncekeys`, where the project with the pages makes them."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return ALIAS if model._meta.app_label == APP else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Neither our tables in a database of this project, nor its own among the keys."""
        return False if app_label == APP or db == ALIAS else None
