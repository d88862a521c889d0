"""The site behind nginx or Caddy, with the lines from `docs/operators.md`."""

import re
import ssl

import httpx
import pytest

from dev.ports import free_port
from dev.proxies import adapted, running_caddy, running_nginx
from dev.servers import running_server
from oncekeys.models import AuditEvent
from tests.forward_auth.certificate import make_certificate
from tests.forward_auth.proxies import Proxy
from tests.operations.test_documented import OPERATORS
from tests.soon import soon

LINES = re.findall(r"```nginx\n(.*?)```", OPERATORS, re.DOTALL)[0]
CADDYFILE = re.findall(r"```caddy\n(.*?)```", OPERATORS, re.DOTALL)[0]
BEHIND_A_PROXY = {"PUBLIC_URL": "https://keys.example.com", "TRUSTED_PROXY_HOPS": "1"}
HOST = {"Host": "keys.example.com"}
# What a client may say of itself, and is not believed.
CLAIMS = {
    "X-Forwarded-For": "6.6.6.6",
    "X_Forwarded_For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "X-Request-ID": "chosen-by-the-client",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path)


@pytest.fixture
def proxy(static_files, certificate, tmp_path):
    port, https_port = free_port(), free_port()
    with running_server(tmp_path / "site.log", **BEHIND_A_PROXY) as site:
        places = {
            "http://127.0.0.1:8000": site.url,
            "listen 80;": f"listen 127.0.0.1:{port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{https_port} ssl;",
            "/etc/nginx/keys.example.com.pem": str(certificate.chain),
            "/etc/nginx/keys.example.com.key": str(certificate.key),
        }
        with running_nginx(tmp_path, adapted(LINES, places), port, https_port):
            yield Proxy(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{https_port}")


def test_people_are_led_to_https_and_a_key_in_clear_is_refused_and_noted(proxy, certificate, crm):
    trusting = ssl.create_default_context(cafile=certificate.chain)
    key = {"API-Key": crm.token.reveal()}

    with httpx.Client(headers={**HOST, **CLAIMS}, verify=trusting) as client:
        page = client.get(f"{proxy.url}/login/")
        in_clear = client.get(f"{proxy.url}/api/v1/test", headers=key)
        let_in = client.get(f"{proxy.https_url}/api/v1/test", headers=key)

    assert (page.status_code, page.headers["Location"]) == (301, "https://keys.example.com/login/")
    assert (in_clear.status_code, in_clear.json()["code"]) == (403, "https_required")
    assert let_in.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{32}", let_in.headers["X-Request-ID"])
    assert soon(lambda: AuditEvent.objects.filter(kind="api_key.exposed").first()).address == "127.0.0.1"


def test_caddy_passes_on_the_key_of_a_client_and_not_its_request_id(static_files, tmp_path, crm):
    port = free_port()
    with running_server(tmp_path / "site.log", PUBLIC_URL="http://keys.example.com", TRUSTED_PROXY_HOPS="1") as site:
        places = {
            "127.0.0.1:8000": site.url.removeprefix("http://"),
            "http://keys.example.com, https://keys.example.com": f"http://keys.example.com:{port}",
        }
        with running_caddy(tmp_path, adapted(CADDYFILE, places), port):
            answer = httpx.get(
                f"http://127.0.0.1:{port}/api/v1/test", headers={**CLAIMS, **HOST, "API-Key": crm.token.reveal()}
            )

    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Request-ID"])
