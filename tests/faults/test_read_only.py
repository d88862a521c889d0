"""A database that takes no writes, as a standby or one whose disk is full: keys go on, and changes get 503."""

import pytest
from django.db import connection
from django.test import Client

from tests.pages import NEW

pytestmark = pytest.mark.django_db(transaction=True)

SWITCH = {
    "postgresql": "SET default_transaction_read_only = {}",
    "sqlite": "PRAGMA query_only = {}",
}


@pytest.fixture
def read_only(crm):
    """From then on, this connection writes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(SWITCH[connection.vendor].format("on"))
        yield
        cursor.execute(SWITCH[connection.vendor].format("off"))


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("method", "path"), [("post", "/api/v1/key/rotate"), ("delete", "/api/v1/key")])
def test_a_key_that_changes_itself_is_told_to_try_again(client, crm, read_only, method, path):
    answer = getattr(client, method)(path, content_type="application/json", headers={"API-Key": crm.token.reveal()})

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "unavailable"


def test_keys_go_on(client, crm, read_only):
    assert client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()}).status_code == 200


@pytest.mark.postgresql
def test_the_probe_says_so_and_leaves_the_process_to_its_keys(client, read_only):
    probe = client.get("/readyz")

    assert probe.status_code == 200
    assert "read-only" in probe.text


def test_a_page_that_writes_the_session_says_the_service_is_away(client, ada, signed_in, crm):
    person = signed_in(ada)
    person.raise_request_exception = False
    assert person.get(NEW).status_code == 200

    with connection.cursor() as cursor:
        cursor.execute(SWITCH[connection.vendor].format("on"))
        page = person.get(NEW)
        cursor.execute(SWITCH[connection.vendor].format("off"))

    assert page.status_code == 503
    assert "Temporarily unavailable" in page.text
