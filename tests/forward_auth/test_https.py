"""nginx ends TLS, and oncekeys knows whether it did."""

import ssl

import httpx
import pytest

from dev import loopback
from dev.servers import running_server
from oncekeys.models import AuditEvent
from tests.forward_auth.proxies import Backends, nginx
from tests.soon import soon

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("proxies")]


@pytest.fixture(scope="module")
def proxy(running_api, certificate, django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    log = tmp_path_factory.mktemp("oncekeys") / "log"
    public = {"PUBLIC_URL": "https://keys.acme.example", "TRUSTED_PROXY_HOPS": "1"}
    with django_db_blocker.unblock(), running_server(log, **public) as oncekeys:
        backends = Backends(oncekeys=oncekeys.url.removeprefix("http://"), api=running_api.address)
        with nginx(tmp_path_factory.mktemp("nginx"), backends, certificate) as running:
            yield running


def test_over_https_a_key_opens(proxy, api, crm, certificate):
    trusting = ssl.create_default_context(cafile=certificate.chain)

    answer = httpx.get(proxy.https_url, headers={"API-Key": crm.token.reveal()}, verify=trusting)

    assert answer.status_code == 200
    assert api.the_only_request().all("X-Forwarded-Proto") == ["https"]


def test_in_clear_it_is_refused_and_noted_whatever_the_client_claims(proxy, api, crm):
    claims = {"X-Forwarded-Proto": "https", "X_Forwarded_Proto": "https", "X-Forwarded-For": "6.6.6.6"}

    answer = loopback.get(proxy.url, headers={"API-Key": crm.token.reveal(), **claims})

    assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert api.seen == []
    event = soon(lambda: AuditEvent.objects.filter(kind="api_key.exposed").first())
    assert (event.api_key, event.address) == (crm.api_key, "127.0.0.1")
