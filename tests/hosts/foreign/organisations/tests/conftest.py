import pytest

from accounts.models import Organisation, User


@pytest.fixture
def acme(db):
    return Organisation.objects.create(name="Acme", slug="acme")


@pytest.fixture
def ada(acme):
    ada = User.objects.create_user("ada@acme.example", "correct horse", full_name="Ada Lovelace")
    acme.members.add(ada, through_defaults={"role": "owner"})
    return ada
