"""The record, and so the email, says who did something to a key on its pages, and from where."""

import pytest

from oncekeys.models import AuditEvent
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import NEW, dialog_of

pytestmark = pytest.mark.django_db

ON_A_KEY = {
    "api_key.rotated": ("rotate", {"grace": "3600"}),
    "api_key.paused": ("pause", {}),
    "api_key.resumed": ("resume", {}),
    "api_key.deleted": ("delete", {}),
}


@pytest.fixture
def from_an_office(signed_in, grace):
    """Grace sends a form: `from_an_office(path, data)`."""
    client = signed_in(grace)
    return lambda path, data: client.post(path, data, REMOTE_ADDR="203.0.113.7")


def test_a_creation_records_who_did_it_and_from_where(from_an_office, grace, crm):
    from_an_office(NEW, {"name": "Importer", "environment": "production"})

    event = AuditEvent.objects.get(api_key__name="Importer")
    assert (event.kind, event.actor, event.address) == ("api_key.created", grace, "203.0.113.7")
    assert event.api_key.created_by == grace


@pytest.mark.parametrize("kind", ON_A_KEY)
def test_an_event_records_who_did_it_and_from_where(from_an_office, ada, grace, crm, kind):
    if kind == "api_key.resumed":
        api_keys.pause(api_key=crm.api_key, by=By(ada))
    dialog, data = ON_A_KEY[kind]

    from_an_office(dialog_of(crm.api_key, dialog), data)

    event = AuditEvent.objects.get(kind=kind)
    assert (event.api_key, event.actor, event.address) == (crm.api_key, grace, "203.0.113.7")
