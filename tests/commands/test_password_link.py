"""A person's link again, for those whose first one got lost or who get no mail."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.pages import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("before", [None, "an old password of mine"], ids=["without a password", "with one"])
def test_the_link_sets_a_password_and_nothing_else_is_printed(ada, client, capsys, before):
    ada.set_password(before)
    ada.save()

    call_command("password_link", "ADA@acme.example")

    printed = capsys.readouterr()
    form = client.get(printed.out.strip().removeprefix("http://127.0.0.1"), follow=True).redirect_chain[-1][0]
    arrived = client.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert arrived.redirect_chain[-1][0] == "/accounts/acme/"
    assert User.objects.get(pk=ada.pk).check_password(PASSWORD)
    assert "It works for 3 days" in printed.err


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("nobody@acme.example", "No one signs in with “nobody@acme.example”."), ("bob@acme.example", "is switched off")],
)
def test_where_no_link_would_do_it_says_why(bob, email, sentence):
    User.objects.filter(pk=bob.pk).update(is_active=False)

    with pytest.raises(CommandError, match=sentence):
        call_command("password_link", email)
