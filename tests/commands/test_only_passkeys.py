"""Before the site's host changes, operators see whose only second step is a passkey."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from dev.second_step import passkey, switch_on

pytestmark = pytest.mark.django_db

OPERATORS = (Path(__file__).resolve().parents[2] / "docs" / "operators.md").read_text()
DOCUMENTED = re.search(r'```sh name=only-passkeys\n.*?--command="\n(.*?)"\n```', OPERATORS, re.DOTALL)


def test_the_documented_command_names_those_without_an_app(ada, grace, bob, capsys):
    passkey(ada)
    passkey(grace)
    switch_on(grace)
    switch_on(bob)

    call_command("shell", no_imports=True, command=DOCUMENTED[1])

    assert capsys.readouterr().out == "ada@acme.example\n"
