"""Tools for tests of a project that uses keys: a key in one line, and background work at once."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from django.test import TestCase, override_settings

from oncekeys.models import Account, Environment
from oncekeys.services import api_keys
from oncekeys.services.api_keys import NewKey
from oncekeys.services.by import By

ACCOUNT = "Test account"


def new_key(
    *,
    account: Account | None = None,
    name: str = "",
    scopes: Iterable[str] | None = None,
    environment: Environment = Environment.PRODUCTION,
    expires: timedelta | datetime | None = None,
    networks: str = "",
) -> NewKey:
    """Create a key, without limits by default. Its text is `.token.reveal()`, and its row is `.api_key`.

    If you pass no account, it belongs to a test account, which is created when first needed.
    """
    account = account or _test_account()
    return api_keys.create(
        account=account,
        by=By.system(),
        name=name or f"Test key {account.api_keys.count() + 1}",
        environment=environment,
        expires=expires,
        networks=networks,
        scopes=scopes,
    )


def background_is_now() -> override_settings:
    """Return a decorator for a test or its class, or a context manager, that does background work without threads."""
    return override_settings(ONCEKEYS_BACKGROUND="now")


def committed() -> AbstractContextManager[list[Any]]:
    """Return a context manager that runs, at its end, the work that waits for a commit.

    In a test that runs in a transaction, that commit never comes.
    """
    return TestCase.captureOnCommitCallbacks(execute=True)


def _test_account() -> Account:
    account, _ = Account.objects.get_or_create(slug="test-account", defaults={"name": ACCOUNT})
    return account


try:
    import pytest
except ImportError:  # the functions above don't need it
    pass
else:

    @pytest.fixture
    def api_key(db: None) -> NewKey:
        """Return a key without limits."""
        return new_key()

    @pytest.fixture
    def background_now(settings: Any) -> None:
        """Do background work without threads, when the transaction commits."""
        settings.ONCEKEYS_BACKGROUND = "now"
