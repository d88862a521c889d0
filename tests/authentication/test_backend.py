"""Django's own `authenticate()` with a key."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user
from django.db import OperationalError
from django.test import RequestFactory

from accounts.backends import ApiKeyBackend
from accounts.keys.token import Token
from accounts.services.refusals import Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_():
    return RequestFactory().get("/")


def test_a_key_authenticates_as_the_api_user_of_its_account(request_, crm, acme):
    user = authenticate(request_, api_key=crm.token.reveal())

    assert user == acme.service_user
    assert user.api_key == crm.api_key
    assert user.is_authenticated


def test_there_need_not_be_a_request(crm, acme):
    assert authenticate(api_key=crm.token.reveal()) == acme.service_user


@pytest.mark.parametrize("key", [None, "", "nonsense", Token.mint("live").reveal()])
def test_anything_else_is_nobody(request_, crm, key):
    assert authenticate(request_, api_key=key) is None


def test_it_can_be_awaited(request_, crm, acme):
    assert async_to_sync(aauthenticate)(request_, api_key=crm.token.reveal()) == acme.service_user


def test_without_the_database_it_raises_instead_of_saying_nobody(request_, crm, monkeypatch):
    def gone(*args):
        raise OperationalError

    monkeypatch.setattr("accounts.models.prepared_lookup._fetch", gone)

    with pytest.raises(Unavailable):
        authenticate(request_, api_key=crm.token.reveal())


def test_a_key_sent_in_clear_is_nobody(request_, crm, settings):
    settings.PUBLIC_URL = "https://keys.acme.example"

    assert authenticate(request_, api_key=crm.token.reveal()) is None
    assert authenticate(RequestFactory().get("/", secure=True), api_key=crm.token.reveal()) is not None


def test_a_key_never_becomes_a_session(client, crm, acme):
    client.force_login(acme.service_user, backend=f"{ApiKeyBackend.__module__}.{ApiKeyBackend.__qualname__}")

    assert not get_user(client).is_authenticated


def test_the_api_user_cannot_sign_in(acme):
    assert not acme.service_user.has_usable_password()
    assert acme.service_user.email is None


def test_a_password_still_authenticates_a_person(request_, ada):
    ada.set_password("a long enough password")
    ada.save()

    assert authenticate(request_, email=ada.email, password="a long enough password") == ada
