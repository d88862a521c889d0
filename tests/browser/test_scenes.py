"""No page of signing in, the second step, the profile or the members has a violation that axe can find."""

from functools import partial
from itertools import product
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from tests.access.table import SECTIONS
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import SCENES
from tests.browser.scenes.stage import Stage

PEOPLES = ("people", "personal", "sign-in", "two-step")
# What is answered there is for a script, or a file.
NO_PAGES = {"mfa_login_webauthn", "mfa_download_recovery_codes"}


@pytest.mark.parametrize("name", SCENES)
def test_in_every_look(open_as, check_accessibility, db, name):
    # axe styles the page inline while it looks, which the policy would not let it.
    page = SCENES[name].play(Stage(partial(open_as, bypass_csp=True)))

    assert resolve(urlsplit(page.url).path).view_name == SCENES[name].of
    for viewport, scheme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (viewport, scheme)


def test_every_page_is_in_a_scene():
    """That every URL has a row in the table of the access matrix, the matrix's own test says."""
    pages = {row.name for section in PEOPLES for row in SECTIONS[section] if "GET" in row.answers}

    assert pages - NO_PAGES - {scene.of for scene in SCENES.values()} == set()
