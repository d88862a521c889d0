"""In which language people are spoken to, and that programs are spoken to in English."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from oncekeys.models import KeyUsage
from oncekeys.services import api_keys
from oncekeys.services.by import By
from oncekeys.testing import committed
from tests.pages import KEYS

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_language(signed_in):
    """Return a client whose person chose a language: `in_language("de", ada)`."""

    def sign_in(language, person) -> Client:
        person.language = language
        person.save()
        return signed_in(person)

    return sign_in


def language_of(page) -> tuple[str, str]:
    """Return the language of the page, and the direction that it runs in."""
    (found,) = re.findall(r'<html\s+lang="(\w+)"\s+dir="(\w+)"\s*>', page.text)
    return found


def test_the_language_of_the_profile_comes_before_the_browsers(in_language, ada):
    page = in_language("fr", ada).get("/profile/", headers={"Accept-Language": "de"})

    assert language_of(page) == ("fr", "ltr")


def test_without_a_choice_the_browsers_language_is_spoken(signed_in, ada):
    page = signed_in(ada).get("/profile/", headers={"Accept-Language": "ja, en;q=0.5"})

    assert language_of(page) == ("ja", "ltr")


def test_signed_out_pages_use_the_browsers_language(client):
    page = client.get("/login/", headers={"Accept-Language": "es-MX, es;q=0.9"})

    assert language_of(page) == ("es", "ltr")


@pytest.mark.parametrize(("chosen", "browsers"), [("xx", ""), ("", "it"), ("", "tlh-Latn;q=nonsense")])
def test_a_language_the_site_does_not_speak_becomes_english(in_language, ada, chosen, browsers):
    page = in_language(chosen, ada).get("/profile/", headers={"Accept-Language": browsers})

    assert language_of(page) == ("en", "ltr")


def test_arabic_runs_from_right_to_left(in_language, ada):
    page = in_language("ar", ada).get("/profile/")

    assert language_of(page) == ("ar", "rtl")


def test_a_page_that_does_not_exist_speaks_it_too(client):
    page = client.get("/nowhere/", headers={"Accept-Language": "ar"})

    assert page.status_code == 404
    assert language_of(page) == ("ar", "rtl")


def test_caches_are_told_which_language_it_is_and_on_what_it_depends(client):
    page = client.get("/login/", headers={"Accept-Language": "de"})

    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]


@pytest.mark.parametrize("key", ["ok_live_nonsense", None])
@pytest.mark.parametrize("path", ["/api/v1/test", "/api/v1/verify", "/api/openapi.json"])
def test_programs_are_answered_in_english_whatever_they_accept(client, path, key):
    credential = {"API-Key": key} if key else {}

    plain = client.get(path, headers=credential)
    german = client.get(path, headers={**credential, "Accept-Language": "de"})

    assert german.content == plain.content
    assert "Content-Language" not in german.headers
    assert "Accept-Language" not in german.headers.get("Vary", "")


def test_an_accepted_key_is_answered_in_english_too(client, crm):
    german = client.get("/api/v1/test", headers={"API-Key": crm.token.reveal(), "Accept-Language": "de"})

    assert german.json()["message"] == "Your API key works."


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_out_in_the_language_of_who_gets_it(acme, ada, grace):
    User.objects.filter(pk=grace.pk).update(language="ar")

    api_keys.create(account=acme, by=By(ada), name="CRM")

    letters = {message.to[0]: message.alternatives[0][0] for message in mail.outbox}
    assert 'lang="en" dir="ltr"' in letters[ada.email]
    assert 'lang="ar" dir="rtl"' in letters[grace.email]


def test_a_mail_that_a_stranger_asked_for_speaks_its_recipients_language(client, ada):
    User.objects.filter(pk=ada.pk).update(language="ar")
    with translation.override("ar"):
        subject = gettext("Set a new password for oncekeys")

    with committed():
        client.post("/password/reset/", {"email": ada.email}, headers={"Accept-Language": "de"})

    assert mail.outbox[0].subject == subject


@pytest.mark.parametrize(("language", "shown"), [("en", "4,391"), ("de", "4.391"), ("ja", "4,391"), ("ar", "4,391")])
def test_numbers_are_grouped_as_the_language_does(in_language, ada, crm, language, shown):
    KeyUsage.objects.create(api_key=crm.api_key, hour=timezone.now(), outcome="accepted", calls=4391)

    page = in_language(language, ada).get(KEYS)

    assert shown in page.text


@pytest.mark.parametrize(("language", "month"), [("en", "Jan 2026"), ("de", "Jan. 2026"), ("ja", "1月")])
def test_months_have_their_names_in_the_language(in_language, ada, crm, language, month):
    type(crm.api_key).objects.update(created_at=datetime(2026, 1, 15, 12, tzinfo=UTC))

    page = in_language(language, ada).get(f"{KEYS}keys/{crm.api_key.key_id}/")

    assert month in page.text


def test_an_ipv6_address_stays_in_one_piece_among_arabic_words(in_language, ada, crm):
    type(crm.api_key).objects.update(last_used_at=timezone.now(), last_used_address="2001:db8::7")

    page = in_language("ar", ada).get(KEYS)

    assert '<bdi dir="ltr">2001:db8::7</bdi>' in page.text
