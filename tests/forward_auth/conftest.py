"""Client → proxy → API, with oncekeys beside it: four real processes."""

import pytest

from dev.servers import running_server
from tests.forward_auth.certificate import make_certificate
from tests.forward_auth.proxies import EACH_PROXY, PROXIES, Backends
from tests.forward_auth.upstream import running_upstream

FAILURES_PER_MINUTE = 60


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def running_oncekeys(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    """Run oncekeys as in docs/forward-auth.md: under a name of its own, behind one proxy."""
    with (
        django_db_blocker.unblock(),
        running_server(
            tmp_path_factory.mktemp("oncekeys") / "log",
            PUBLIC_URL="http://keys.acme.example",
            TRUSTED_PROXY_HOPS="1",
            ONCEKEYS_FAILURES_PER_MINUTE=str(FAILURES_PER_MINUTE),
        ) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def running_api():
    with running_upstream() as upstream:
        yield upstream


@pytest.fixture
def api(running_api):
    running_api.seen.clear()
    return running_api


@pytest.fixture(scope="session", params=EACH_PROXY)
def proxy(request, running_oncekeys, running_api, certificate, tmp_path_factory):
    start = PROXIES[request.param]
    backends = Backends(oncekeys=running_oncekeys.url.removeprefix("http://"), api=running_api.address)
    with start(tmp_path_factory.mktemp(request.param), backends, certificate) as running:
        yield running
