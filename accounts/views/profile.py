"""A person's own page."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms.profile import MailForm, PersonForm
from accounts.models import PersonEventKind, User, time_zones
from accounts.services import email_change, person_log, sessions
from accounts.views.access import sign_in_required
from accounts.views.requests import SignedInRequest
from oncekeys.host import host

LATEST_EVENTS = 3
FORMS = ["GET", "HEAD", "POST"]


@require_http_methods(FORMS)
@sign_in_required
def edit(request: SignedInRequest) -> HttpResponseBase:
    """Show and save the profile and its notification settings."""
    mail = MailForm(request.POST if request.method == "POST" else None, instance=request.user)
    if not mail.is_valid():
        return _page(request, mail=mail)
    wants = mail.cleaned_data["wants_key_mail"]
    if "wants_key_mail" in mail.changed_data:
        if not wants and (asked := host.confirm(request)):
            return asked
        kind = PersonEventKind.KEY_MAIL_ON if wants else PersonEventKind.KEY_MAIL_OFF
        person_log.record(kind, person=request.user, request=request)
    return _saved(request, mail)


@require_http_methods(FORMS)
@sign_in_required
def introduce(request: SignedInRequest) -> HttpResponse:
    """Their name, and how they want to be spoken to."""
    if request.method != "POST":
        return redirect("profile")
    # A person of its own: what is wrong in a form must not show in the rest of the page.
    person = PersonForm(request.POST, instance=_fresh(request), **_told_by_browser(request))
    return _saved(request, person) if person.is_valid() else _page(request, person=person)


@dataclass(frozen=True)
class SecondStep:
    """The second steps a person has set up."""

    app: Authenticator | None
    passkeys: list[Authenticator]
    codes: Authenticator | None

    @property
    def is_on(self) -> bool:
        return self.app is not None or bool(self.passkeys)

    @property
    def codes_left(self) -> int:
        return len(self.codes.wrap().get_unused_codes()) if self.codes else 0


def _page(request: SignedInRequest, **bound: forms.ModelForm) -> HttpResponse:
    context = {
        "person": PersonForm(instance=_fresh(request), **_told_by_browser(request)),
        "mail": MailForm(instance=request.user),
        "waiting": email_change.pending(request.user),
        "second_step": _second_step(request.user),
        "sessions": sessions.of(request.user),
        "events": request.user.events.newest_first()[:LATEST_EVENTS],
        **bound,
    }
    wrong = any(form.errors for form in bound.values())
    return render(request, "profile.html", context, status=422 if wrong else 200)


def _saved(request: SignedInRequest, form: forms.ModelForm) -> HttpResponse:
    # Only what was changed: a whole person, as they were when read, could undo a new password.
    saved = form.save(commit=False)
    saved.save(update_fields=form.changed_data)
    with translation.override(saved.language or translation.get_language_from_request(request)):
        messages.success(request, _("Your profile was saved."))
    return redirect("profile")


def _fresh(request: SignedInRequest) -> User:
    return User.objects.get(pk=request.user.pk)


def _told_by_browser(request: SignedInRequest) -> dict[str, str]:
    return {
        "browser_language": translation.get_language_from_request(request),
        "browser_zone": request.COOKIES.get(time_zones.COOKIE, ""),
    }


def _second_step(user: User) -> SecondStep:
    held = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    kinds = Authenticator.Type
    return SecondStep(
        app=next((each for each in held if each.type == kinds.TOTP), None),
        passkeys=[each for each in held if each.type == kinds.WEBAUTHN],
        codes=next((each for each in held if each.type == kinds.RECOVERY_CODES), None),
    )
