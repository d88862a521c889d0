"""The scripts that a page asks for."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests.pages import KEYS

pytestmark = pytest.mark.django_db

# The pages that have a form for them ask for these.
ONLY_WITH_PASSKEYS = {"passkeys", "passkey-json"}


@pytest.mark.parametrize("folder", ["oncekeys/js", "js"])
def test_a_page_asks_for_every_module_at_once(desk, folder):
    modules = {module.name.removesuffix(".js") for module in Path(str(finders.find(folder))).glob("*.js")}

    asked = re.findall(rf'"modulepreload" href="/static/{folder}/([\w-]+)', desk.get(KEYS).text)

    assert sorted(asked) == sorted(modules - {"site"} - ONLY_WITH_PASSKEYS)
