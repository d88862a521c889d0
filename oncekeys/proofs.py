"""Fresh proofs of identity that a Host can ask for: `class Host(PasswordProof, oncekeys.host.Host)`."""

import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from oncekeys import links

FRESH_SECONDS = 15 * 60
# How much the clocks of several machines may differ. A proof dated further ahead doesn't count.
SKEW_SECONDS = 5
# In the session: when each form behind a proof was last shown, by path, in seconds of Unix time.
SHOWN = "shown_behind_proof"
MOST_SHOWN = 20
# When the password was last typed on our own page.
PASSWORD_CONFIRMED = "oncekeys_password_confirmed_at"  # noqa: S105
READING = {"GET", "HEAD"}
# The parameter that tells `reopen.js` which dialog to open on the page after the proof.
OPENS = "open"


class Proof:
    """A proof is fresh for 15 minutes. A POST is never replayed: after a proof, the person gets the form back."""

    def proven_at(self, request: Any) -> float:
        """Return when the person last proved it's them in this session, in seconds of Unix time, or 0 for never."""
        raise NotImplementedError

    def proof_url(self, request: Any) -> str:
        """Return the URL where the person can prove it's them, and which then redirects to `next`."""
        raise NotImplementedError

    def confirm(self, request: Any) -> HttpResponse | None:
        if not self._is_fresh(request):
            return self._to_proof(request)
        if request.method in READING:
            _note_shown(request)
        return None

    def _is_fresh(self, request: Any) -> bool:
        """Return whether the proof is fresh. A form opened while it was gets another 15 minutes, but no other form.

        It doesn't get them if this session has no proof any longer, as after a second step was turned on elsewhere.
        """
        since = self.proven_at(request)
        if since and request.method not in READING:
            since = max(since, _shown(request).get(request.path, 0))
        return _is_recent(since)

    def _to_proof(self, request: Any) -> HttpResponse:
        if request.method not in READING:
            messages.warning(request, _("Please confirm it’s you, then try again. Nothing has changed yet."))
        proof = f"{self.proof_url(request)}?{urlencode({'next': _afterwards(request)})}"
        return HttpResponseClientRedirect(proof) if request.htmx else HttpResponseRedirect(proof)


class AllauthProof(Proof):
    """Asks as django-allauth does. A recent sign-in counts too."""

    def proven_at(self, request: Any) -> float:
        return max((record["at"] for record in self.records(request) if _is_past(record["at"])), default=0)

    def records(self, request: Any) -> list[dict[str, Any]]:
        """Return the proofs that count, in the form in which allauth keeps them."""
        from allauth.account.authentication import get_authentication_records

        return get_authentication_records(request, request.user)

    def proof_url(self, request: Any) -> str:
        return reverse("account_reauthenticate")


class PasswordProof(Proof):
    """Asks for the person's Django password, on a page of ours."""

    def proven_at(self, request: Any) -> float:
        return float(request.session.get(PASSWORD_CONFIRMED, 0))

    def proof_url(self, request: Any) -> str:
        return links.page(request, "confirm_password")


def _is_past(at: float) -> bool:
    return at <= time.time() + SKEW_SECONDS


def _is_recent(at: float) -> bool:
    return _is_past(at) and time.time() - at < FRESH_SECONDS


def _shown(request: Any) -> dict[str, float]:
    """Return the forms that may still be sent."""
    shown = request.session.get(SHOWN, {})
    return {path: at for path, at in shown.items() if _is_recent(at)}


def _note_shown(request: Any) -> None:
    others = {path: at for path, at in _shown(request).items() if path != request.path}
    latest = sorted(others.items(), key=lambda each: each[1])[-MOST_SHOWN + 1 :]
    request.session[SHOWN] = {**dict(latest), request.path: time.time()}


def _afterwards(request: Any) -> str:
    """Return where the proof leads: to the page under the dialog, which opens it again, to the page, or to the form."""
    if request.htmx:
        page = urlsplit(request.htmx.current_url_abs_path or "/")
        query = [(name, value) for name, value in parse_qsl(page.query) if name != OPENS]
        return f"{page.path}?{urlencode([*query, (OPENS, request.get_full_path())])}"
    if hasattr(request, "after_proof"):
        return str(request.after_proof)
    return request.get_full_path() if request.method in READING else _form_of(request)


def _form_of(request: Any) -> str:
    referrer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure()):
        page = urlsplit(referrer)
        return f"{page.path}?{page.query}" if page.query else page.path
    return request.get_full_path()
