"""Members and invitations as the account sees them, and an invitation as its recipient does."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Invitation, Membership, Role, User
from accounts.models.email_failure import EmailFailure
from dev.scenes.stage import Programme, Stage, shows_error
from oncekeys.services import api_keys
from oncekeys.services.by import By

NEW = "joan@new.example"

PEOPLE = Programme()


@PEOPLE.scene("members")
def members(stage: Stage) -> Page:
    """Several, and invitations: one that waits, one that has expired."""
    stage.join("Grace Hopper", Role.ADMIN)
    stage.join("Bob Noyce", Role.MEMBER)
    stage.invite("a.rather.long.address.of.someone@engineering.partners.example")
    stage.invite(NEW)
    Invitation.objects.filter(account=stage.acme, email=NEW).update(expires_at=timezone.now() - timedelta(days=1))
    return stage.open(stage.members)


@PEOPLE.scene("members")
def members_arabic(stage: Stage) -> Page:
    User.objects.filter(pk=stage.ada.pk).update(language="ar")
    return members(stage)


@PEOPLE.scene("members")
def member_invite(stage: Stage) -> Page:
    return _dialog(stage.open(stage.members), "Invite a colleague")


@PEOPLE.scene("members")
def member_invite_wrong(stage: Stage) -> Page:
    page = member_invite(stage)
    page.get_by_role("textbox", name="Email").fill(str(stage.ada.email))
    page.get_by_role("button", name="Send invitation").click()
    return shows_error(page)


@PEOPLE.scene("members")
def member_role(stage: Stage) -> Page:
    stage.join("Bob Noyce", Role.MEMBER)
    return _dialog(stage.open(stage.members), "Change the role of Bob Noyce")


@PEOPLE.scene("members")
def member_role_wrong(stage: Stage) -> Page:
    """Show the error about the role of the only owner."""
    page = _dialog(stage.open(stage.members), "Change the role of Ada Lovelace")
    page.get_by_role("combobox", name="Role").select_option("Admin")
    page.get_by_role("button", name="Change role").click()
    page.get_by_text("needs at least one owner").wait_for()
    return page


@PEOPLE.scene("members")
def member_remove(stage: Stage) -> Page:
    stage.join("Bob Noyce", Role.MEMBER)
    return _dialog(stage.open(stage.members), "Remove Bob Noyce")


@PEOPLE.scene("members")
def member_remove_oneself(stage: Stage) -> Page:
    return _dialog(stage.open(stage.members), "Remove Ada Lovelace")


@PEOPLE.scene("invitation_new")
def member_invite_page(stage: Stage) -> Page:
    page = stage.open(f"{stage.members}invite/")
    page.get_by_role("button", name="Send invitation").click()
    return shows_error(page)


@PEOPLE.scene("member_role")
def member_role_page(stage: Stage) -> Page:
    return stage.open(f"{stage.members}{_bob(stage).pk}/role/")


@PEOPLE.scene("member_remove")
def member_remove_page(stage: Stage) -> Page:
    return stage.open(f"{stage.members}{_bob(stage).pk}/remove/")


@PEOPLE.scene("invitation")
def invitation_newcomer(stage: Stage) -> Page:
    return stage.open_as(None, stage.invite(NEW))


@PEOPLE.scene("invitation")
def invitation_newcomer_wrong(stage: Stage) -> Page:
    page = invitation_newcomer(stage)
    page.get_by_label("Password").fill("joan")
    page.get_by_role("button", name="Accept invitation").click()
    return shows_error(page)


@PEOPLE.scene("invitation")
def invitation_sign_in(stage: Stage) -> Page:
    return stage.open_as(None, stage.invite(str(stage.stranger().email)))


@PEOPLE.scene("invitation")
def invitation_accept(stage: Stage) -> Page:
    invited = stage.stranger()
    return stage.open_as(invited, stage.invite(str(invited.email)))


@PEOPLE.scene("invitation")
def invitation_of_somebody_else(stage: Stage) -> Page:
    return stage.open(stage.invite(NEW))


@PEOPLE.scene("invitation")
def invitation_used(stage: Stage) -> Page:
    invited = stage.stranger()
    path = stage.invite(str(invited.email))
    stage.open_as(invited, path).get_by_role("button", name="Accept invitation").click()
    return stage.open_as(None, path)


def _bob(stage: Stage) -> Membership:
    return Membership.objects.get(user=stage.join("Bob Noyce", Role.MEMBER))


def _dialog(page: Page, opened_by: str) -> Page:
    page.get_by_role("link", name=opened_by).click()
    page.get_by_role("dialog").wait_for()
    return page


@PEOPLE.scene("members")
def members_without_email(stage: Stage) -> Page:
    """The mail server was away, or refuses a mailbox."""
    bob = stage.join("Bob Noyce", Role.MEMBER)
    User.objects.filter(pk=bob.pk).update(email_failure=EmailFailure.NO_MAILBOX, email_failed_at=timezone.now())
    stage.invite(stage.email_of("joan"))
    Invitation.objects.filter(account=stage.acme).update(email_failure=EmailFailure.UNREACHABLE)
    User.objects.filter(pk=stage.ada.pk).update(email_failure=EmailFailure.UNREACHABLE, email_failed_at=timezone.now())
    return stage.open(stage.members)


@PEOPLE.scene("members")
def member_remove_who_knows_keys(stage: Stage) -> Page:
    grace = stage.join("Grace Hopper", Role.ADMIN)
    api_keys.create(account=stage.acme, by=By(grace), name="Production CRM")
    return _dialog(stage.open(stage.members), "Remove Grace Hopper")
