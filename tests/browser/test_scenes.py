"""No page of signing in, the second step, the profile or the members has a violation that axe can find."""

from functools import partial
from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from dev.scenes import SCENES
from dev.scenes.stage import Stage
from tests.access.table import SECTIONS

PEOPLES = ("people", "personal", "sign-in", "two-step")
# What is answered there is for a script, or a file.
NO_PAGES = {"mfa_login_webauthn", "mfa_download_recovery_codes"}


# By default each page in the first of its scenes: the others are the same page with other words or an error.
FIRST_OF_PAGE = {scene.of: name for name, scene in reversed(SCENES.items())}.values()
# A sentence and at most a button, in the same frame as the rest.
PLAIN = {
    *("account_signup", "account_inactive", "account_logout", "account_reset_password_done", "email_confirm"),
    *("account_reset_password_from_key", "account_reset_password_from_key_done", "member_role", "member_remove"),
    *("mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_edit_webauthn"),
    *("mfa_remove_webauthn", "mfa_reauthenticate_webauthn"),
}
BY_DEFAULT = {name for name in FIRST_OF_PAGE if SCENES[name].of not in PLAIN}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in BY_DEFAULT else pytest.mark.full) for name in SCENES]
)
def test_in_every_look(open_as, check_accessibility, db, name):
    page = SCENES[name].play(Stage(partial(open_as, bypass_csp=True)))

    assert resolve(urlsplit(page.url).path).view_name == SCENES[name].of
    check_accessibility(page)


def test_every_page_is_in_a_scene():
    """That every URL has a row in the table of the access matrix, the matrix's own test says."""
    pages = {row.name for section in PEOPLES for row in SECTIONS[section] if "GET" in row.answers}

    assert pages - NO_PAGES - {scene.of for scene in SCENES.values()} == set()
