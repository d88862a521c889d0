"""A person event records a change in how a person signs in or what they may do. Rows are only ever added."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, TypedDict

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PersonEventKind(models.TextChoices):
    SIGNED_IN = "sign_in.succeeded", _("Signed in")
    SIGN_IN_FAILED = "sign_in.failed", _("Sign-in failed")
    SIGNED_OUT = "sign_in.ended", _("Signed out")
    SESSIONS_ENDED = "sessions.ended", _("Signed out everywhere else")
    SESSION_ENDED = "session.ended", _("Signed out of a session")
    SECOND_STEP_FAILED = "second_step.failed", _("Second step failed")
    PROVEN = "proof.succeeded", _("Identity confirmed")
    PROOF_FAILED = "proof.failed", _("Confirming identity failed")
    APP_ADDED = "authenticator_app.added", _("Authenticator app added")
    APP_REMOVED = "authenticator_app.removed", _("Authenticator app removed")
    PASSKEY_ADDED = "passkey.added", _("Passkey added")
    PASSKEY_RENAMED = "passkey.renamed", _("Passkey renamed")
    PASSKEY_REMOVED = "passkey.removed", _("Passkey removed")
    RECOVERY_CODES_MADE = "recovery_codes.made", _("Recovery codes created")
    RECOVERY_CODES_REMOVED = "recovery_codes.removed", _("Recovery codes removed")
    RECOVERY_CODES_SHOWN = "recovery_codes.shown", _("Recovery codes shown")
    RECOVERY_CODE_USED = "recovery_codes.used", _("Recovery code used")
    TWO_STEP_SWITCHED_OFF = "two_step.switched_off", _("Two-step sign-in switched off by support")
    PASSWORD_CHANGED = "password.changed", _("Password changed")
    PASSWORD_SET = "password.set", _("Password set by a link")
    PASSWORD_LINK_MAILED = "password.link_mailed", _("Password link emailed")
    PASSWORD_LINK_PRINTED = "password.link_printed", _("Password link given out by support")
    EMAIL_ASKED = "email.asked", _("New email address entered")
    EMAIL_CHANGED = "email.changed", _("Email address changed")
    KEY_MAIL_OFF = "key_mail.off", _("Emails about API keys switched off")
    KEY_MAIL_ON = "key_mail.on", _("Emails about API keys switched on")
    PAGE_REFUSED = "page.refused", _("Access to a page refused")
    SWITCHED_OFF = "person.switched_off", _("Sign-in switched off")
    SWITCHED_ON = "person.switched_on", _("Sign-in switched on")
    MADE_STAFF = "person.made_staff", _("Made an administrator of this site")
    NO_LONGER_STAFF = "person.no_longer_staff", _("No longer an administrator of this site")
    GROUPS_CHANGED = "person.groups_changed", _("Administrator groups changed")
    STAFF_CHANGED = "staff.changed", _("Change in the Django admin")
    ERASED = "person.erased", _("Personal data erased")


# What someone does who has not shown who they are.
FAILURES = {
    PersonEventKind.SIGN_IN_FAILED,
    PersonEventKind.SECOND_STEP_FAILED,
    PersonEventKind.PROOF_FAILED,
    PersonEventKind.PASSWORD_LINK_MAILED,
}
# What says who can sign in, and what staff may do. Each gets a row.
ALWAYS_KEPT = {
    PersonEventKind.APP_ADDED,
    PersonEventKind.APP_REMOVED,
    PersonEventKind.PASSKEY_ADDED,
    PersonEventKind.PASSKEY_REMOVED,
    PersonEventKind.RECOVERY_CODE_USED,
    PersonEventKind.TWO_STEP_SWITCHED_OFF,
    PersonEventKind.PASSWORD_CHANGED,
    PersonEventKind.PASSWORD_SET,
    PersonEventKind.PASSWORD_LINK_PRINTED,
    PersonEventKind.EMAIL_CHANGED,
    PersonEventKind.SWITCHED_OFF,
    PersonEventKind.SWITCHED_ON,
    PersonEventKind.MADE_STAFF,
    PersonEventKind.NO_LONGER_STAFF,
    PersonEventKind.GROUPS_CHANGED,
    PersonEventKind.STAFF_CHANGED,
    PersonEventKind.ERASED,
}
# Of any other kind, so many get a row in an hour: it costs nothing to repeat, or other people cause it.
MOST_AN_HOUR = 20


def kinds() -> list[tuple[str, Any]]:
    """By a function, so that a new kind needs no migration: on SQLite that would drop the triggers of the table."""
    return PersonEventKind.choices


class PersonDetails(TypedDict, total=False):
    """Facts that hold no secret, and nothing that tells who the person is."""

    method: str  # how they signed in or confirmed their identity
    page: str  # the name of the page, never its address, which may hold the token of a link
    account: str  # the slug of the account that the page is about
    groups: str  # a person's, after the change
    subject: str  # what staff have changed, and how
    change: str


class PersonEventQuerySet(models.QuerySet["PersonEvent"]):
    def newest_first(self, *, before: tuple[datetime, int] | None = None) -> "PersonEventQuerySet":
        """Those older than the event of that moment and id; without one, all."""
        events = self.select_related("actor").order_by("-at", "-id")
        if before is None:
            return events
        at, pk = before
        return events.filter(Q(at__lte=at), Q(at__lt=at) | Q(id__lt=pk))

    def has_room(self, kind: PersonEventKind, *, at: datetime) -> bool:
        """Return whether another event of that kind may be added to these, which are one person's."""
        lately = self.filter(kind=kind, at__gt=at - timedelta(hours=1))
        return kind in ALWAYS_KEPT or lately[:MOST_AN_HOUR].count() < MOST_AN_HOUR


class PersonEvent(models.Model):
    """The database itself refuses to change or delete one: see the migrations."""

    person = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40, choices=kinds)
    # None: the system, by a command, or someone who has not shown who they are.
    actor = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True, default="")
    details: "models.JSONField[PersonDetails, PersonDetails]" = models.JSONField(default=dict)

    objects = PersonEventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-at", "-id"], name="person_event_newest_first"),
            models.Index(fields=["person", "kind", "-at"], name="person_event_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
