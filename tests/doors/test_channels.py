"""The Django Channels example of docs/django.md runs as written, on a real server."""

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dev.ports import free_port, listens
from dev.servers import ROOT, site_environment
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.doors.test_integrating import EXAMPLES

pytestmark = pytest.mark.django_db(transaction=True)

SERVERS = {
    "granian": ["granian", "--interface", "asginl", "--port"],
    "uvicorn": ["uvicorn", "--ws", "websockets-sansio", "--lifespan", "off", "--port"],
}


@contextmanager
def running(server: str, directory, **environment: str):
    """The address of its WebSockets."""
    (directory / "shop.py").write_text(EXAMPLES["channels"])
    port = free_port()
    command = [sys.executable, "-m", *SERVERS[server], str(port), "shop:application"]
    python_path = {"PYTHONPATH": f"{directory}:{ROOT}"}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=directory, env={**site_environment(), **python_path, **environment}, stdout=log, stderr=log
        )
    try:
        assert listens(port, process), (directory / "log").read_text()
        yield f"ws://127.0.0.1:{port}/prices"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(params=["granian", pytest.param("uvicorn", marks=pytest.mark.full)])
def prices(request, tmp_path):
    with running(request.param, tmp_path, PUBLIC_URL="http://keys.acme.example", ALLOWED_HOSTS="127.0.0.1") as url:
        yield url


def refusal(url: str, **headers: str) -> tuple[int, str]:
    """Return the answer to the handshake."""
    with pytest.raises(InvalidStatus) as refused:
        connect(url, additional_headers=headers)
    response = refused.value.response
    return response.status_code, json.loads(response.body)["code"]


def test_a_websocket_opens_only_for_a_key_within_its_limits(prices, crm, ada):
    key = {"API-Key": crm.token.reveal()}

    with connect(prices, additional_headers=key) as websocket:
        assert json.loads(websocket.recv(timeout=30)) == {"account": "acme"}

    assert refusal(prices) == (401, "missing_key")
    assert refusal(prices, API_Key=crm.token.reveal()) == (401, "missing_key")
    assert refusal(prices, **key, **{"X-API-Key": "other"}) == (400, "ambiguous_credentials")
    ApiKey.objects.update(scopes="other")
    assert refusal(prices, **key) == (403, "insufficient_scope")
    ApiKey.objects.update(scopes="full", addresses="203.0.113.7/32")
    assert refusal(prices, **key) == (403, "address_not_allowed")
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    assert refusal(prices, **key) == (401, "invalid_key")


def test_a_websocket_in_clear_is_refused_where_keys_need_https(crm, tmp_path):
    with running("granian", tmp_path, PUBLIC_URL="https://keys.acme.example") as url:
        assert refusal(url, **{"API-Key": crm.token.reveal()}) == (403, "https_required")
