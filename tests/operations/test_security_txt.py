"""`/.well-known/security.txt`, by RFC 9116."""

from datetime import UTC, datetime, timedelta

import pytest

URL = "/.well-known/security.txt"
CONTACTS = ["mailto:security@acme.example", "https://acme.example/security"]

pytestmark = pytest.mark.django_db


def test_it_says_where_to_report_a_vulnerability(client, settings):
    settings.SECURITY_CONTACTS = CONTACTS

    answer = client.get(URL)

    fields = [line.split(": ", maxsplit=1) for line in answer.text.splitlines()]
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [value for name, value in fields if name == "Contact"] == CONTACTS
    assert dict(fields).keys() == {"Contact", "Expires", "Preferred-Languages", "Canonical"}
    assert dict(fields)["Preferred-Languages"] == "en"
    assert dict(fields)["Canonical"] == f"http://127.0.0.1{URL}"


def test_it_expires_within_a_year_as_rfc_3339_writes_it(client, settings):
    settings.SECURITY_CONTACTS = CONTACTS

    (expires,) = [line[9:] for line in client.get(URL).text.splitlines() if line.startswith("Expires: ")]

    assert timedelta(days=30) < datetime.fromisoformat(expires) - datetime.now(UTC) < timedelta(days=365)


def test_without_a_contact_there_is_none(client):
    assert client.get(URL).status_code == 404
