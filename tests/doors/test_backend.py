"""Django's own `authenticate()` with a key."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user
from django.test import RequestFactory
from django.utils import timezone

from oncekeys.backends import ApiKeyBackend
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey
from oncekeys.services.refusals import Unavailable

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


@pytest.mark.parametrize("key", [None, "", "nonsense", pytest.param(Token.mint("live").reveal(), id="unknown")])
def test_anything_else_authenticates_no_one(request_, crm, key):
    assert authenticate(request_, api_key=key) is None


def test_a_key_has_to_hold_the_scopes_that_are_asked_for(request_, crm, acme):
    def whose(*scopes):
        return authenticate(request_, api_key=crm.token.reveal(), scopes=scopes)

    assert whose("read-only", "full") == acme.service_user
    ApiKey.objects.update(scopes="read-only")

    assert whose() == whose("read-only") == acme.service_user
    assert whose("full") is None
    assert whose("read-only", "full") is None


def test_several_scopes_may_be_one_text(request_, crm, acme):
    ApiKey.objects.update(scopes="read-only invoices")

    assert authenticate(request_, api_key=crm.token.reveal(), scopes="read-only invoices") == acme.service_user
    assert authenticate(request_, api_key=crm.token.reveal(), scopes="read-only orders") is None


def test_a_key_counts_where_the_request_came_from(crm, acme):
    ApiKey.objects.update(addresses="203.0.113.0/24")

    def whose(address):
        return authenticate(RequestFactory().get("/", REMOTE_ADDR=address), api_key=crm.token.reveal())

    assert whose("203.0.113.9") == acme.service_user
    assert whose("198.51.100.1") is None
    assert authenticate(api_key=crm.token.reveal()) is None, "no one knows where that came from"


def test_a_paused_key_authenticates_no_one(request_, crm):
    ApiKey.objects.update(paused_at=timezone.now())

    assert authenticate(request_, api_key=crm.token.reveal()) is None


def test_it_can_be_awaited(request_, crm, acme):
    assert async_to_sync(aauthenticate)(request_, api_key=crm.token.reveal()) == acme.service_user


def test_without_the_database_it_raises_instead_of_saying_no(request_, crm, break_lookups):
    break_lookups()

    with pytest.raises(Unavailable):
        authenticate(request_, api_key=crm.token.reveal())


def test_a_key_sent_in_clear_authenticates_no_one(request_, crm, settings):
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
