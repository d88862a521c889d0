"""Who was signed in, and from where, is not kept for ever."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada_browses(signed_in, ada):
    """Her session's key."""

    def browse() -> str:
        client = signed_in(ada)
        client.get("/profile/")
        return client.session.session_key

    return browse


def known() -> tuple[set[str], set[str]]:
    return (
        set(Session.objects.values_list("session_key", flat=True)),
        set(UserSession.objects.values_list("session_key", flat=True)),
    )


def test_a_session_that_ran_out_is_deleted_with_its_address_and_browser(ada_browses):
    old, new = ada_browses(), ada_browses()
    Session.objects.filter(session_key=old).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert known() == ({old, new}, {old, new})

    call_command("delete_ended_sessions")

    assert known() == ({new}, {new})


def test_what_is_known_of_a_session_that_was_ended_is_deleted(ada_browses):
    ended, other = ada_browses(), ada_browses()
    Session.objects.filter(session_key=ended).delete()

    call_command("delete_ended_sessions")

    assert known() == ({other}, {other})
