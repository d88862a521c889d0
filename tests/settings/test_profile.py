"""A person's own page."""

import pytest

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_it_shows_who_one_is(signed_in, ada):
    page = signed_in(ada).get("/profile/").text

    assert "Ada Lovelace" in page
    assert "ada@acme.example" in page


def test_the_menu_leads_to_it(signed_in, ada):
    assert 'href="/profile/">Your profile</a>' in signed_in(ada).get("/accounts/acme/").text


def test_mail_about_keys_can_be_turned_off_and_on_again(signed_in, ada):
    client = signed_in(ada)

    off = client.post("/profile/", {}, follow=True)
    assert User.objects.get(pk=ada.pk).wants_key_mail is False
    assert "Your profile was saved." in off.text
    assert "checked" not in off.text

    on = client.post("/profile/", {"wants_key_mail": "on"}, follow=True)
    assert User.objects.get(pk=ada.pk).wants_key_mail is True
    assert "checked" in on.text


def test_saving_changes_nothing_else_about_the_person(signed_in, ada):
    client = signed_in(ada)
    before = User.objects.filter(pk=ada.pk).values().get()

    client.post("/profile/", {"name": "Eve", "email": "eve@umbrella.example", "is_staff": "on", "is_superuser": "on"})

    assert User.objects.filter(pk=ada.pk).values().get() == {**before, "wants_key_mail": False}


def test_it_is_nobodys_who_is_signed_out(client, ada):
    assert client.get("/profile/").headers["Location"] == "/login/?next=/profile/"
    assert client.post("/profile/", {}).status_code == 302
    assert User.objects.get(pk=ada.pk).wants_key_mail is True


def test_who_belongs_to_no_account_has_one_too(signed_in, db):
    alone = User.objects.create_user("alone@nowhere.example")

    assert signed_in(alone).get("/profile/").status_code == 200


def test_it_is_kept_by_no_cache(signed_in, ada):
    assert "no-store" in signed_in(ada).get("/profile/").headers["Cache-Control"]


def test_reading_it_changes_nothing(signed_in, ada):
    signed_in(ada).get("/profile/", {"wants_key_mail": ""})

    assert User.objects.get(pk=ada.pk).wants_key_mail is True
