"""The second step: an authenticator app, recovery codes and passkeys."""

from allauth.mfa.models import Authenticator
from playwright.sync_api import Page

from accounts.models import TwoStepRequirement
from dev.scenes.stage import Programme, Stage, shows_error
from dev.second_step import passkey, recovery_codes, switch_on

NO_PASSKEYS = "delete globalThis.PublicKeyCredential"

TWO_STEP = Programme()
TWO_STEP.add_page("two-step-off", "mfa_index", "/two-step/")
TWO_STEP.add_page("app", "mfa_activate_totp", "/two-step/app/activate/")
TWO_STEP.add_page("passkeys-none", "mfa_list_webauthn", "/passkeys/")
TWO_STEP.add_page("passkey-add", "mfa_add_webauthn", "/passkeys/add/")


@TWO_STEP.scene("mfa_index")
def two_step_on(stage: Stage) -> Page:
    passkey(stage.ada)
    return _proven(stage, "/two-step/")


@TWO_STEP.scene("mfa_index")
def two_step_required(stage: Stage) -> Page:
    TwoStepRequirement.objects.create(account=stage.acme)
    return stage.open("/")


@TWO_STEP.scene("mfa_activate_totp")
def app_wrong(stage: Stage) -> Page:
    page = stage.open("/two-step/app/activate/")
    page.get_by_label("Six digits from the app").fill("000000")
    page.get_by_role("button", name="Switch on").click()
    shows_error(page).get_by_text("Can’t scan it?").click()
    return page


@TWO_STEP.scene("mfa_deactivate_totp")
def app_off(stage: Stage) -> Page:
    return _proven(stage, "/two-step/app/deactivate/")


@TWO_STEP.scene("mfa_view_recovery_codes")
def codes(stage: Stage) -> Page:
    return _proven(stage, "/two-step/recovery-codes/")


@TWO_STEP.scene("mfa_generate_recovery_codes")
def codes_anew(stage: Stage) -> Page:
    return _proven(stage, "/two-step/recovery-codes/generate/")


@TWO_STEP.scene("mfa_authenticate")
def second_step(stage: Stage) -> Page:
    switch_on(stage.ada)
    passkey(stage.ada)
    page = stage.sign_in()
    page.get_by_label("Code").wait_for()
    return page


@TWO_STEP.scene("mfa_authenticate")
def second_step_without_app(stage: Stage) -> Page:
    passkey(stage.ada)
    page = stage.sign_in()
    page.get_by_role("button", name="Use a passkey").wait_for()
    page.get_by_text("I can’t do any of these").click()
    return page


@TWO_STEP.scene("mfa_authenticate")
def second_step_wrong(stage: Stage) -> Page:
    page = second_step(stage)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    return shows_error(page)


@TWO_STEP.scene("mfa_reauthenticate")
def confirm_by_code(stage: Stage) -> Page:
    switch_on(stage.ada)
    passkey(stage.ada)
    return stage.open("/two-step/reauthenticate/")


@TWO_STEP.scene("mfa_reauthenticate")
def confirm_by_code_wrong(stage: Stage) -> Page:
    page = confirm_by_code(stage)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    return shows_error(page)


@TWO_STEP.scene("mfa_reauthenticate_webauthn")
def confirm_by_passkey(stage: Stage) -> Page:
    switch_on(stage.ada)
    passkey(stage.ada)
    return stage.open("/passkeys/reauthenticate/")


@TWO_STEP.scene("mfa_reauthenticate_webauthn")
def confirm_by_no_passkey(stage: Stage) -> Page:
    page = confirm_by_passkey(stage)
    page.get_by_role("button", name="Use a passkey").click()
    return shows_error(page)


@TWO_STEP.scene("mfa_list_webauthn")
def passkeys(stage: Stage) -> Page:
    passkey(stage.ada)
    return _proven(stage, "/passkeys/")


@TWO_STEP.scene("mfa_add_webauthn")
def passkey_not_added(stage: Stage) -> Page:
    page = stage.open("/passkeys/add/")
    page.get_by_role("button", name="Create passkey").click()
    return shows_error(page)


@TWO_STEP.scene("mfa_add_webauthn")
def passkey_unsupported(stage: Stage) -> Page:
    page = stage.open("/passkeys/")
    page.add_init_script(NO_PASSKEYS)
    page.goto("/passkeys/add/")
    return page


@TWO_STEP.scene("mfa_edit_webauthn")
def passkey_rename(stage: Stage) -> Page:
    return _proven(stage, _path(passkey(stage.ada), "edit"))


@TWO_STEP.scene("mfa_edit_webauthn")
def passkey_rename_wrong(stage: Stage) -> Page:
    page = passkey_rename(stage)
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save").click()
    return shows_error(page)


@TWO_STEP.scene("mfa_remove_webauthn")
def passkey_remove(stage: Stage) -> Page:
    return _proven(stage, _path(passkey(stage.ada), "remove"))


def _path(held: Authenticator, verb: str) -> str:
    return f"/passkeys/{held.pk}/{verb}/"


def _proven(stage: Stage, path: str) -> Page:
    """There, with an authenticator app, and after the proof that it asks for."""
    switch_on(stage.ada)
    page = stage.open(f"/two-step/reauthenticate/?next={path}")
    page.get_by_label("Code").fill(recovery_codes(stage.ada)[0])
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url(f"**{path}")
    return page
