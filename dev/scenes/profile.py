"""A person's own pages, also for people with no account, or with several."""

from django.core import signing
from playwright.sync_api import Page

from accounts.models import Membership, PersonEvent, Role, User
from accounts.models.person_event import PersonDetails
from accounts.services import email_change, site_accounts
from dev.scenes.stage import Programme, Stage, shows_error
from dev.second_step import passkey, switch_on
from oncekeys.services import accounts
from oncekeys.services.by import By

NEW = "augusta@new.example"

PROFILE = Programme()
PROFILE.add_page("email", "email_change", "/profile/email/")
PROFILE.add_page("email-ended", "email_confirm", "/profile/email/confirm/x/")


@PROFILE.scene("profile")
def profile(stage: Stage) -> Page:
    page = stage.open("/")
    page.goto("/profile/")
    return page


@PROFILE.scene("profile_person")
def profile_wrong(stage: Stage) -> Page:
    page = profile(stage)
    page.get_by_label("Name").fill("")
    page.get_by_role("button", name="Save").first.click()
    return shows_error(page)


@PROFILE.scene("profile")
def profile_full(stage: Stage) -> Page:
    """With two-step sign-in, a passkey, an address that waits, and a session elsewhere."""
    stage.open("/profile/")
    page = _ask_for_another_address(stage)
    switch_on(stage.ada)
    passkey(stage.ada)
    page.goto("/profile/")
    return page


@PROFILE.scene("profile")
def profile_arabic(stage: Stage) -> Page:
    page = profile_full(stage)
    User.objects.filter(pk=stage.ada.pk).update(language="ar")
    page.reload()
    return page


@PROFILE.scene("email_change")
def email_wrong(stage: Stage) -> Page:
    page = stage.open("/profile/email/")
    page.get_by_role("button", name="Send link").click()
    return shows_error(page)


@PROFILE.scene("email_confirm")
def email_confirm(stage: Stage) -> Page:
    page = _ask_for_another_address(stage)
    page.goto(confirmation(stage.ada))
    return page


@PROFILE.scene("usersessions_list")
def sessions_one(stage: Stage) -> Page:
    page = stage.open("/")
    page.goto("/sessions/")
    return page


@PROFILE.scene("usersessions_list")
def sessions(stage: Stage) -> Page:
    stage.open("/")
    return sessions_one(stage)


@PROFILE.scene("profile_activity")
def own_activity(stage: Stage) -> Page:
    """Show the log after someone has guessed, and a page was refused."""
    page = stage.open("/")
    failed, refused = PersonDetails(method="password"), PersonDetails(page="members")
    PersonEvent.objects.create(person=stage.ada, kind="sign_in.failed", address="203.0.113.9", details=failed)
    PersonEvent.objects.create(person=stage.ada, kind="page.refused", actor=stage.ada, details=refused)
    page.goto("/profile/activity/")
    return page


@PROFILE.scene("start")
def no_account(stage: Stage) -> Page:
    return stage.open_as(stage.stranger(), "/")


@PROFILE.scene("start")
def disabled_account(stage: Stage) -> Page:
    accounts.disable(account=stage.acme, by=By.system())
    return stage.open("/")


@PROFILE.scene("account_home")
def account_menu(stage: Stage) -> Page:
    for suffix in ("Logistics", "Robotics and Precision Instruments of the Northern Hemisphere"):
        other = site_accounts.create(name=f"{stage.acme.name} {suffix}", owner_email=stage.email_of("joan"))
        Membership.objects.create(account=other, user=stage.ada, role=Role.ADMIN)
    page = stage.open(f"/accounts/{stage.acme.slug}/")
    page.get_by_role("button", name=stage.acme.name, exact=True).click()
    return page


@PROFILE.scene("account_home")
def person_menu(stage: Stage) -> Page:
    page = stage.open(f"/accounts/{stage.acme.slug}/")
    page.get_by_role("button", name="Ada Lovelace").click()
    return page


def confirmation(user: User) -> str:
    """The path that the mail leads to, which a server of its own has sent."""
    waiting = email_change.pending(user)
    assert waiting
    salt = f"accounts.email_change:{user.pk}:{user.email}:{waiting.email}"
    return f"/profile/email/confirm/{signing.TimestampSigner(salt=salt).sign(waiting.nonce)}/"


def _ask_for_another_address(stage: Stage) -> Page:
    page = stage.open("/profile/email/")
    page.get_by_label("New email address").fill(NEW)
    page.get_by_role("button", name="Send link").click()
    page.get_by_text("To confirm").wait_for()
    return page
