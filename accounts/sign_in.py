"""Adapts the sign-in library to our rules."""

import secrets
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import default_token_generator
from allauth.account.signals import password_reset
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import compat, two_step
from accounts.models import PersonEventKind, User
from accounts.notifications.site import urgent
from accounts.services import person_log
from accounts.services.sessions import SIGNED_IN_AT
from oncekeys import conf, links
from oncekeys.client import client_address
from oncekeys.services.background import writes

# In the session of who is not signed in yet: what Django keeps of their password.
BEGUN_WITH = "sign_in_begun_with"
RESET = "account/email/password_reset_key"
FIRST_STEP_ALONE, BY_CODE = "reauthenticate", "mfa_reauthenticate"


def set_password_link(user: User) -> str:
    """Return the link with which a person without a password sets one, once and within PASSWORD_RESET_TIMEOUT."""
    return reset_link(user_pk_to_url_str(user), default_token_generator.make_token(user))


def reset_link(person: str, token: str) -> str:
    """At the site's own address, whichever name a request came by."""
    key = {"uidb36": person, "key": token}
    return conf.public_url() + reverse("account_reset_password_from_key", kwargs=key)


class SignInAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "rate_limited": gettext_lazy("Too many attempts. Wait five minutes, then try again."),
        "email_password_mismatch": gettext_lazy("The email or password is wrong."),
    }

    def is_safe_url(self, url: str) -> bool:
        """Paths alone: the library would take any other word for the name of a page, which there may not be."""
        return links.is_own_path(url)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People can't sign up on their own; `manage.py create_account` makes accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count. Each request without a known address counts for itself alone."""
        return client_address(request) or f"unknown-{secrets.token_hex(8)}"

    def get_http_user_agent(self, request: HttpRequest) -> str:
        return request.headers.get("User-Agent", "")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """A stranger may have asked for it, and chosen the name in their request."""
        return reset_link(*key.split("-", maxsplit=1))

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """With two-step sign-in, the password alone proves nothing. Without an app, a passkey comes first."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not isinstance(user, User) or not two_step.is_on(user):
            return methods
        second_steps = [method for method in methods if method["id"] != FIRST_STEP_ALONE]
        return second_steps if two_step.has_app(user) else _without_app(second_steps)

    def set_password(self, user: User, password: str) -> None:
        """Let one of two links or forms sent at the same instant win. Saves nothing else of the person as read."""
        before = user.password
        user.set_password(password)
        if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
            messages.warning(self.request, _("Your password has just been set. Please sign in with it."))
            raise ImmediateHttpResponse(redirect("account_login"))

    def pre_login(self, request: HttpRequest, user: User, **sign_in: Any) -> HttpResponse | None:
        request.session[BEGUN_WITH] = user.get_session_auth_hash()
        response: HttpResponse | None = super().pre_login(request, user, **sign_in)
        return response

    def login(self, request: HttpRequest, user: User) -> None:
        """A password that was changed since the first step ends a sign-in that waits for its second."""
        if request.session.pop(BEGUN_WITH, None) != user.get_session_auth_hash():
            messages.warning(request, _("Your password has changed. Please sign in again."))
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Guesses that are stopped before the password is looked at are written down too."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._note_failure(request, credentials, method="too_many_attempts")
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self._note_failure(request, credentials, method="password")

    def _note_failure(self, request: HttpRequest, credentials: dict[str, Any], *, method: str) -> None:
        if request.user.is_authenticated:
            person_log.failed(PersonEventKind.PROOF_FAILED, request, person=request.user, method=method)
            return
        person = User.objects.filter(email=credentials.get("email", "").lower()).first()
        person_log.failed_before_sign_in(PersonEventKind.SIGN_IN_FAILED, request, person=person, method=method)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send it in the language of the recipient's profile, since someone else may have asked for it."""
        recipient = User.objects.filter(email=email).exclude(language="").first()
        site = {"request": self.request, "email": email, "current_site": get_current_site(self.request)}
        with translation.override(recipient.language if recipient else translation.get_language()):
            message = urgent(self.render_mail(template_prefix, email, {**site, **context}))
        if template_prefix == RESET:
            # In the background, so that the answer's time does not tell whether there is such a person.
            writes.run(message.send)
        else:
            message.send()

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send at most so many an hour, no matter who asks. Earlier links keep working."""
        if ratelimit.consume(self.request, action="reset_password_mail", key=email.lower()):
            super().send_password_reset_mail(user, email, context)
            person_log.failed_before_sign_in(PersonEventKind.PASSWORD_LINK_MAILED, self.request, person=user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by IP address and email together, so that a stranger can't use up someone's attempts."""
        source = compat.rate_limit_source(request) if client_address(request) else "unknown"
        return f"{source}:{credentials.get('email', '').lower()}"


def _without_app(methods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named = [
        {**method, "description": _("Use a recovery code")} if method["id"] == BY_CODE else method for method in methods
    ]
    return sorted(named, key=lambda method: bool(method["id"] == BY_CODE))


@receiver(user_logged_in)
def remember_sign_in(sender: object, request: HttpRequest, user: User, **signal: object) -> None:
    """Also when it was not by the library's own pages, as at the end of an invitation."""
    request.session[SIGNED_IN_AT] = time.time()
    if not get_authentication_records(request, user):
        compat.record_proof(request, user, method="sign_in")


@receiver(password_reset)
def take_over(sender: object, user: User, **signal: object) -> None:
    """Let the first emailed link win. A colleague may have come before it, with the link of an invitation."""
    if not user.email_is_proved:
        Authenticator.objects.filter(user=user).delete()
        User.objects.filter(pk=user.pk).update(email_is_proved=True)
