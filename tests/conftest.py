"""The story the tests tell: ada owns Acme, grace is its admin, bob a member; eve owns another account."""

import gc
import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client, override_settings

from accounts import outbox
from accounts.models import Role, User
from accounts.services import site_accounts
from dev.mail_server import MailServer
from dev.people import join
from dev.ports import free_port
from dev.servers import running_server
from oncekeys.keys.hashing import MINIMUM_COST
from oncekeys.models import Account
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.services.throttle import breaker, own_counts
from oncekeys.testing import background_now  # noqa: F401 - a fixture

# All requests of the tests come from one address, and machines that run them are busy.
PATIENT = {"ONCEKEYS_FAILURES_PER_MINUTE": "1000000", "DATABASE_TIMEOUT_SECONDS": "20"}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Collect the static files once for all workers, as a deployment does: pages name them by the manifest.

    Compressing them would take ten times as long. `make run` does it, and is tested too.
    """
    if not hasattr(session.config, "workerinput"):
        with override_settings(WHITENOISE_SKIP_COMPRESS_EXTENSIONS=["css", "js", "json", "svg", "txt"]):
            call_command("collectstatic", interactive=False, verbosity=0)


def pytest_collection_finish() -> None:
    """Python need not look for garbage in what was loaded to collect the tests, all of which stays."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those in a browser come last: Playwright leaves a loop running in the thread, which async code must not meet."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def static_files() -> None:
    """Collect the static files that a server process needs for pages, once a session."""


@pytest.fixture(scope="session")
def chromium():
    """Playwright is loaded where a browser is needed. It runs a loop, which Django takes for an async context."""
    from dev.chromium import running_chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with running_chromium() as browser:
        yield browser


@pytest.fixture(autouse=True)
def light_work(request, settings, background_now):  # noqa: F811
    """No threads, no list of all static files for each client, and hashes that cost nothing where no server checks."""
    settings.WHITENOISE_AUTOREFRESH = True
    database = request.node.get_closest_marker("django_db")
    if not (database and database.kwargs.get("transaction")):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        settings.ONCEKEYS_ARGON2_MEMORY_KIB = 8
        settings.ONCEKEYS_ARGON2_PASSES = 1


@pytest.fixture
def promised_cost(settings):
    """Argon2id as a deployment runs it, where the cost is the subject."""
    settings.ONCEKEYS_ARGON2_MEMORY_KIB = MINIMUM_COST.memory_kib
    settings.ONCEKEYS_ARGON2_PASSES = MINIMUM_COST.passes


@pytest.fixture(autouse=True)
def nothing_counted_yet():
    """Failures are counted by address, and every test comes from the same one."""
    cache.clear()
    breaker.end()
    own_counts.forget()


@pytest.fixture
def acme(db) -> Account:
    return site_accounts.create(name="Acme", owner_email="ada@acme.example", owner_name="Ada Lovelace")


@pytest.fixture
def ada(acme) -> User:
    return User.objects.get(email="ada@acme.example")


@pytest.fixture
def grace(acme) -> User:
    return join(acme, "grace@acme.example", "Grace Hopper", Role.ADMIN)


@pytest.fixture
def bob(acme) -> User:
    return join(acme, "bob@acme.example", "Bob Noyce", Role.MEMBER)


@pytest.fixture
def umbrella(db) -> Account:
    return site_accounts.create(name="Umbrella", owner_email="eve@umbrella.example", owner_name="Eve Moneypenny")


@pytest.fixture
def eve(umbrella) -> User:
    return User.objects.get(email="eve@umbrella.example")


@pytest.fixture
def crm(acme, ada) -> api_keys.NewKey:
    """A key of Acme just made, with its secret."""
    return api_keys.create(account=acme, by=By(ada), name="Production CRM")


@pytest.fixture
def signed_in():
    """Return a client that is signed in: `signed_in(ada)`."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """A server process over the tests' database. Tests that use it need `django_db(transaction=True)`."""
    with django_db_blocker.unblock(), running_server(tmp_path_factory.mktemp("server") / "log", **PATIENT) as running:
        yield running


@pytest.fixture(scope="session")
def second_server(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """Another process over the same database, as on another machine."""
    with django_db_blocker.unblock(), running_server(tmp_path_factory.mktemp("server") / "log", **PATIENT) as running:
        yield running


@pytest.fixture
def send_waiting(settings):
    """Let emails wait in the outbox. `send_waiting(server)` sends what is due; without a server, it is away."""
    smtp = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_BACKEND = "accounts.outbox.EmailBackend"
    settings.POST_OFFICE = {**settings.POST_OFFICE, "BACKENDS": {"default": smtp}}
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 20

    def send(server: MailServer | None = None, is_stopping: Callable[[], bool] = lambda: False) -> bool:
        settings.EMAIL_PORT = server.port if server else free_port()
        return outbox.send_due(is_stopping=is_stopping)

    return send


@pytest.fixture
def break_lookups():
    """From `break_lookups()` on, no query can read keys, as if the database had just gone away."""

    def fail(error, execute, sql, *rest):
        if '"oncekeys_apikey"' in sql:
            raise error
        return execute(sql, *rest)

    with ExitStack() as stack:
        yield lambda error=OperationalError: stack.enter_context(connection.execute_wrapper(partial(fail, error)))


@pytest.fixture
def session_of():
    """Return the cookies of a signed-in person, for a server or a browser: `session_of(ada)`."""

    def make(user: User) -> dict[str, str]:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}

    return make
