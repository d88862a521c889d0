"""Says why a request is refused. The codes are a contract, and the sentences tell the developer what to do."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from oncekeys.models import ApiKey, Outcome
from oncekeys.models.scopes import cover, is_well_formed


class Code(StrEnum):
    MISSING_KEY = "missing_key"
    MALFORMED_KEY = "malformed_key"
    INVALID_KEY = "invalid_key"
    EXPIRED_KEY = "expired_key"
    PAUSED_KEY = "paused_key"
    WRONG_ENVIRONMENT = "wrong_environment"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    HTTPS_REQUIRED = "https_required"
    AMBIGUOUS_CREDENTIALS = "ambiguous_credentials"
    TOO_MANY_FAILURES = "too_many_failures"
    UNAVAILABLE = "unavailable"


class NotAdmitted(Exception):
    """A door didn't let the request in. The error holds nothing of what the request presented."""

    def __init__(self, code: Code, detail: str = "", **facts: Any) -> None:
        """Take the `facts` that become further members of the problem document (RFC 9457, section 3.2)."""
        self.code = code
        self.detail = detail or str(REASONS[code])
        self.facts = facts
        super().__init__(code)


class Refused(NotAdmitted):
    """The key was checked and may not be used for this request."""

    def __init__(self, code: Code, detail: str = "", *, counted_as: Outcome | None = None, **facts: Any) -> None:
        """Take `counted_as`, the outcome that the account sees if the response says something else."""
        super().__init__(code, detail, **facts)
        self._counted_as = counted_as

    @property
    def outcome(self) -> Outcome:
        """Return the outcome the account sees. Only for a refusal of a key that exists."""
        return self._counted_as or OUTCOMES[self.code]


class Unavailable(NotAdmitted):
    """The key couldn't be checked, because the database is away or there is no capacity to hash."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(Code.UNAVAILABLE, detail)


class Reason(NamedTuple):
    """A refusal in two sentences: what it means, and what to do."""

    meaning: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.meaning} {self.remedy}"


REASONS: dict[str, Reason] = {
    Code.MISSING_KEY: Reason(
        "The request has no API key.", "Send it in the header API-Key, or in Authorization as a Bearer token."
    ),
    Code.MALFORMED_KEY: Reason("This isn't a complete API key.", "Correct the mistake that the detail names."),
    Code.INVALID_KEY: Reason(
        "No active API key matches. It may have been deleted.", "Ask an admin of the account for a new one."
    ),
    Code.EXPIRED_KEY: Reason("This API key has expired.", "Ask an admin of the account for a new one."),
    Code.PAUSED_KEY: Reason("This API key is paused.", "Ask an admin of the account to resume it."),
    Code.WRONG_ENVIRONMENT: Reason(
        "This API key is for another environment.", "Use a production key in production and a staging key in staging."
    ),
    Code.ADDRESS_NOT_ALLOWED: Reason(
        "This API key can't be used from your IP address.", "Ask an admin of the account to allow it."
    ),
    Code.INSUFFICIENT_SCOPE: Reason(
        "This API key lacks a scope.", "Ask an admin of the account to add it, or use another key."
    ),
    Code.HTTPS_REQUIRED: Reason(
        "This key came over plain HTTP, where others can read it.", "Replace the key, and use HTTPS."
    ),
    Code.AMBIGUOUS_CREDENTIALS: Reason(
        "The request has more than one credential.", "Send the API key once, in one header."
    ),
    Code.TOO_MANY_FAILURES: Reason(
        "Too many wrong keys came from your IP address.", "Correct the key, then wait a minute."
    ),
    Code.UNAVAILABLE: Reason("The key could not be checked just now.", "Nothing is wrong with it: try again shortly."),
}

# The outcome that the account sees for each code. The other codes don't come from a key's own row.
OUTCOMES = {
    Code.INVALID_KEY: Outcome.WRONG_SECRET,
    Code.EXPIRED_KEY: Outcome.EXPIRED,
    Code.PAUSED_KEY: Outcome.PAUSED,
    Code.WRONG_ENVIRONMENT: Outcome.WRONG_ENVIRONMENT,
    Code.ADDRESS_NOT_ALLOWED: Outcome.ADDRESS_NOT_ALLOWED,
    Code.INSUFFICIENT_SCOPE: Outcome.INSUFFICIENT_SCOPE,
}


def expired(since: datetime) -> Refused:
    return _refused(Code.EXPIRED_KEY, f"This API key expired on {_written(since)}.", expired_at=since)


def paused(since: datetime, *, counted_as: Outcome | None) -> Refused:
    meaning = f"This API key has been paused since {_written(since)}."
    return _refused(Code.PAUSED_KEY, meaning, counted_as=counted_as, paused_at=since)


def wrong_environment(api_key: ApiKey, required: str) -> Refused:
    return _refused(
        Code.WRONG_ENVIRONMENT,
        f"This API key is for {api_key.environment}.",
        f"Use a {required} key here.",
        environment=api_key.environment,
        required_environment=required,
    )


def address_not_allowed(address: str | None) -> Refused:
    if address is None:
        meaning = "This API key is limited to certain IP addresses, and yours is unknown."
        remedy = "Ask the operator of this API to check its proxy settings."
        return _refused(Code.ADDRESS_NOT_ALLOWED, meaning, remedy)
    meaning = f"This API key can't be used from your IP address, {address}."
    return _refused(Code.ADDRESS_NOT_ALLOWED, meaning, ip_address=address)


def lacks_scopes(api_key: ApiKey, required: Collection[str]) -> Refused:
    """Return the refusal. It names only scopes that a challenge can hold (RFC 6750, section 3): a client chose them."""
    named = [name for name in dict.fromkeys(required) if is_well_formed(name)]
    missing = [name for name in named if not cover(api_key.scopes, [name])]
    if not missing:
        return Refused(Code.INSUFFICIENT_SCOPE)
    one = len(missing) == 1
    return _refused(
        Code.INSUFFICIENT_SCOPE,
        f"This API key lacks the {'scope' if one else 'scopes'} {_listed(missing)}.",
        f"Ask an admin of the account to add {'it' if one else 'them'}, or use another key.",
        required_scopes=named,
        missing_scopes=missing,
    )


def too_many_failures(refused: Refused, *, address: str) -> Refused:
    """Return the refusal, and what is wrong with this key if the key alone shows that."""
    code, meaning = Code.TOO_MANY_FAILURES, f"Too many wrong keys came from your IP address, {address}."
    remedy = REASONS[code].remedy
    if refused.code is Code.MALFORMED_KEY:
        remedy = f"{remedy} {refused.detail}"
    return _refused(code, meaning, remedy, ip_address=address)


def _refused(code: Code, meaning: str, remedy: str = "", **facts: Any) -> Refused:
    return Refused(code, str(Reason(meaning, remedy or REASONS[code].remedy)), **facts)


def _written(moment: datetime) -> str:
    """Return a moment such as "2026-06-16 at 14:20 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d at %H:%M UTC}"


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
