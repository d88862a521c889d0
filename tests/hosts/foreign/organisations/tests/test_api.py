import pytest
from rest_framework.test import APIClient

from accounts.models import Organisation
from shipments.models import Shipment


@pytest.fixture
def client(ada):
    client = APIClient()
    tokens = client.post("/api/token/", {"email": ada.email, "password": "correct horse"}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access']}")
    return client


@pytest.fixture
def umbrella(db):
    return Organisation.objects.create(name="Umbrella", slug="umbrella")


def test_only_own_shipments(client, acme, umbrella):
    Shipment.objects.create(organisation=acme, number="A1", destination="Hull")
    Shipment.objects.create(organisation=umbrella, number="U1", destination="Leith")

    assert [shipment["number"] for shipment in client.get("/api/shipments/").json()] == ["A1"]


def test_create(client, acme, ada):
    sent = {"organisation": acme.pk, "number": "A2", "destination": "Hull"}

    assert client.post("/api/shipments/", sent).status_code == 201
    assert Shipment.objects.get().created_by == ada


def test_not_for_others(client, umbrella):
    sent = {"organisation": umbrella.pk, "number": "U2", "destination": "Leith"}

    assert client.post("/api/shipments/", sent).status_code == 403


def test_token_is_needed():
    answer = APIClient().get("/api/shipments/")

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


def test_expired_token_says_so(db):
    answer = APIClient(HTTP_AUTHORIZATION="Bearer eyJhbGciOiJI.e30.c2lnbg").get("/api/shipments/")

    assert answer.json()["code"] == "token_not_valid"


def test_schema():
    assert "/api/shipments/" in APIClient().get("/api/schema/?format=json").json()["paths"]
