"""Old keys are described as such, so that no one takes one for the only key of its application."""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oncekeys.models.api_key import ApiKey
from oncekeys.models.audit import Details

WORKS, PAUSED, EXPIRED = "works", "paused", "expired"

SENTENCES: dict[str, Promise] = {
    WORKS: _("The new key, %(new_key)s, still works."),
    PAUSED: _("The new key, %(new_key)s, is paused."),
    EXPIRED: _("The new key, %(new_key)s, has expired."),
}


def facts(api_key: ApiKey) -> Details:
    """Return which key replaces it and whether that one works; empty if there is none. Also for the audit log."""
    new = api_key.replacement
    return _facts_of_new(new, at=api_key.account.clock()) if new else {}


def sentence(facts: Details) -> str:
    """Return a sentence about the application: "The new key, ok_live_7Fh2k9QxYz12, still works."."""
    return str(SENTENCES[facts["new_key_state"]] % facts)


def about_new_key(api_key: ApiKey) -> str:
    """The sentence for a page, by the clock that the key was read with. Empty where no key replaces it."""
    new = api_key.replacement
    return sentence(_facts_of_new(new, at=api_key.now)) if new else ""


def _facts_of_new(new: ApiKey, *, at: datetime) -> Details:
    return {"new_key": new.public_id, "new_key_state": _state(new, at=at)}


def _state(new: ApiKey, *, at: datetime) -> str:
    if not new.works(at=at):
        return EXPIRED
    return PAUSED if new.paused_at is not None else WORKS
