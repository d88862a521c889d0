"""A fresh proof of identity, asked before a page is shown on which something weighty can be done."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import parse_qsl, urlencode, urlsplit

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect

from accounts import two_step
from accounts.views.access import to_sign_in
from accounts.views.requests import PageRequest, SignedInRequest

P = ParamSpec("P")

FRESH_SECONDS = 15 * 60
# In the session: when a page behind a proof was shown last, in seconds of Unix time.
SHOWN = "shown_behind_proof_at"
READING = {"GET", "HEAD"}
# Tells `reopen.js` which dialog to open on the page that comes after the proof.
OPENS = "open"


def fresh_proof_required(
    view: Callable[Concatenate[Any, P], HttpResponseBase],
) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """Sends whom has not shown for 15 minutes that it is them to do so, and back here from there.

    A sign-in just made counts; with two-step sign-in, its second step does. A POST is never replayed: what comes
    back is the form. Stands inside `manager_required` and its like, which answer first.
    """

    @never_cache
    @wraps(view)
    def guarded(request: Any, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not _is_fresh(request):
            return _to_proof(request)
        if request.method in READING:
            request.session[SHOWN] = time.time()
        return view(request, *args, **kwargs)

    return guarded


def _is_fresh(request: SignedInRequest) -> bool:
    """A form that was opened in time may be filled in at leisure: it is given as long again.

    Not where nothing in this session is a proof any more, as after a second step was switched on elsewhere.
    """
    since = _proven_at(request)
    if since and request.method not in READING:
        since = max(since, request.session.get(SHOWN, 0))
    return time.time() - since < FRESH_SECONDS


def _proven_at(request: SignedInRequest) -> float:
    """When they last showed who they are, in seconds of Unix time; 0 for never in this session."""
    records = get_authentication_records(request, request.user)
    if two_step.is_on(request.user):
        records = [record for record in records if record["method"] == "mfa"]
    return max((record["at"] for record in records), default=0)


def _to_proof(request: PageRequest) -> HttpResponse:
    if request.method not in READING:
        messages.warning(request, _("Please confirm it’s you, then try again. Nothing has changed yet."))
    proof = f"{reverse('account_reauthenticate')}?{urlencode({'next': _afterwards(request)})}"
    return HttpResponseClientRedirect(proof) if request.htmx else HttpResponseRedirect(proof)


def _afterwards(request: PageRequest) -> str:
    """The page under the dialog, told to open it; or the page itself, or the form that was sent."""
    if request.htmx:
        page = urlsplit(request.htmx.current_url_abs_path or reverse("start"))
        query = [(name, value) for name, value in parse_qsl(page.query) if name != OPENS]
        return f"{page.path}?{urlencode([*query, (OPENS, request.get_full_path())])}"
    if request.method in READING:
        return request.get_full_path()
    return _form_of(request)


def _form_of(request: PageRequest) -> str:
    referrer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referrer, {request.get_host()}, require_https=request.is_secure()):
        page = urlsplit(referrer)
        return f"{page.path}?{page.query}" if page.query else page.path
    return request.get_full_path()
