"""An operator lets a person in again who lost every second step."""

import pytest
from django.core.management import CommandError, call_command

from accounts import two_step
from dev.second_step import switch_on

pytestmark = pytest.mark.django_db


def test_only_that_person_loses_the_second_step(ada, grace, capsys):
    switch_on(ada)
    switch_on(grace)

    call_command("switch_off_two_step", "ADA@acme.example")

    assert (two_step.is_on(ada), two_step.is_on(grace)) == (False, True)
    assert "signs in with the password alone now" in capsys.readouterr().err


@pytest.mark.parametrize(("email", "sentence"), [("nobody@acme.example", "No one"), ("ada@acme.example", "no second")])
def test_where_there_is_nothing_to_do_it_says_so(ada, email, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("switch_off_two_step", email)
