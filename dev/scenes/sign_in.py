"""Signing in and out, a forgotten password, and the proof that it is still you."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from accounts.sign_in import set_password_link
from dev.scenes.stage import PASSWORD, Programme, Stage, shows_error

ATTEMPTS = 5

SIGN_IN = Programme()
SIGN_IN.add_page("sign-in", "account_login", "/login/", signed_in=False)
SIGN_IN.add_page("sign-up-closed", "account_signup", "/signup/", signed_in=False)
SIGN_IN.add_page("switched-off", "account_inactive", "/inactive/", signed_in=False)
SIGN_IN.add_page("sign-out", "account_logout", "/logout/")
SIGN_IN.add_page("reset", "account_reset_password", "/password/reset/", signed_in=False)
SIGN_IN.add_page("reset-sent", "account_reset_password_done", "/password/reset/done/", signed_in=False)
SIGN_IN.add_page("reset-ended", "account_reset_password_from_key", "/password/reset/key/1-used/", signed_in=False)
SIGN_IN.add_page("reset-done", "account_reset_password_from_key_done", "/password/reset/key/done/", signed_in=False)
SIGN_IN.add_page("confirm", "account_reauthenticate", "/reauthenticate/")
SIGN_IN.add_page("password", "account_change_password", "/password/change/")


@SIGN_IN.scene("account_login")
def sign_in_wrong(stage: Stage) -> Page:
    page = stage.open_as(None, "/login/")
    page.get_by_label("Email").fill(str(stage.ada.email))
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    return shows_error(page)


@SIGN_IN.scene("account_login")
def sign_in_empty(stage: Stage) -> Page:
    page = stage.open_as(None, "/login/")
    page.get_by_role("button", name="Sign in").click()
    return shows_error(page)


@SIGN_IN.scene("account_login")
def sign_in_no_passkey(stage: Stage) -> Page:
    """Show the error for passkeys: they can't belong to a numeric host, so the browser refuses at once."""
    page = stage.open_as(None, "/login/")
    page.get_by_role("button", name="Use a passkey").click()
    return shows_error(page)


@SIGN_IN.scene("account_reset_password")
def reset_wrong(stage: Stage) -> Page:
    page = stage.open_as(None, "/password/reset/")
    page.get_by_label("Email").fill("ada")
    page.get_by_role("button", name="Send link").click()
    return shows_error(page)


@SIGN_IN.scene("account_reset_password_from_key")
def reset_link(stage: Stage) -> Page:
    page = stage.open_as(None, urlsplit(set_password_link(stage.ada)).path)
    page.get_by_role("button", name="Set password").wait_for()
    return page


@SIGN_IN.scene("account_reset_password_from_key")
def reset_link_weak(stage: Stage) -> Page:
    return _set_weak_password(reset_link(stage), "Set password")


@SIGN_IN.scene("account_change_password")
def password_weak(stage: Stage) -> Page:
    page = stage.open("/password/change/")
    page.get_by_label("Current password").fill(PASSWORD)
    return _set_weak_password(page, "Change password")


@SIGN_IN.scene("account_change_password")
def too_many(stage: Stage) -> Page:
    page = stage.open("/password/change/")
    for _ in range(ATTEMPTS):
        page.get_by_role("button", name="Change password").click()
        shows_error(page)
    page.get_by_role("button", name="Change password").click()
    page.get_by_role("heading", name="Too many attempts").wait_for()
    return page


@SIGN_IN.scene("account_reauthenticate")
def confirm_wrong(stage: Stage) -> Page:
    page = stage.open("/reauthenticate/")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Confirm").click()
    return shows_error(page)


def _set_weak_password(page: Page, button: str) -> Page:
    page.locator("[name=password1]").fill("password")
    page.locator("[name=password2]").fill("another")
    page.get_by_role("button", name=button).click()
    return shows_error(page)
