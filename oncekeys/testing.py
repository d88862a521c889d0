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
    """A key that may do everything, unless it is limited. Its text is `.token.reveal()`, its row `.api_key`.

    Without an account, it belongs to one that is made when it is first needed.
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
    """No threads: a decorator of a test or its class, or a context."""
    return override_settings(ONCEKEYS_BACKGROUND="now")


def committed() -> AbstractContextManager[list[Any]]:
    """Does at its end what waits for a commit, which never comes for a test that runs in a transaction."""
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
        """A key that may do everything."""
        return new_key()

    @pytest.fixture
    def background_now(settings: Any) -> None:
        """No threads: what they would do is done when the transaction commits."""
        settings.ONCEKEYS_BACKGROUND = "now"
