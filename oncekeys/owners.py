"""Closes the account of a person who leaves the project, so that their keys stop working."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from oncekeys.models import Account
from oncekeys.models.account import external_id_of
from oncekeys.services import accounts
from oncekeys.services.by import By


def connect() -> None:
    """`update()` and `bulk_update()` send no signal: a project that uses them disables the account itself."""
    post_save.connect(_saved, sender=get_user_model())
    post_delete.connect(_deleted, sender=get_user_model())


def _saved(*, instance: Model, created: bool, raw: bool = False, **_: Any) -> None:
    if not (created or raw or getattr(instance, "is_active", True)):
        _close(instance)


def _deleted(*, instance: Model, **_: Any) -> None:
    _close(instance)


def _close(owner: Model) -> None:
    for account in Account.objects.filter(external_id=external_id_of(owner), disabled_at=None):
        accounts.disable(account=account, by=By.system())
