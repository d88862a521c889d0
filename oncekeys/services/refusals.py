"""Why a request is turned away. The codes are a contract; the sentences tell the developer what to do."""

from enum import StrEnum

from oncekeys.models import Outcome


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
    """A request got no further than the door. The error holds nothing of what was presented."""

    def __init__(self, code: Code, detail: str = "") -> None:
        self.code = code
        self.detail = detail or DETAILS[code]
        super().__init__(code)


class Refused(NotAdmitted):
    """No, and why."""

    def __init__(self, code: Code, detail: str = "", *, counted_as: Outcome | None = None) -> None:
        """`counted_as`: what the account sees of such calls, where the caller is told something else."""
        super().__init__(code, detail)
        self._counted_as = counted_as

    @property
    def outcome(self) -> Outcome:
        """What the account sees of the call. Only for a refusal of a key that exists."""
        return self._counted_as or OUTCOMES[self.code]


class Unavailable(NotAdmitted):
    """Neither yes nor no: the database or the capacity to hash is away."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(Code.UNAVAILABLE, detail)


# What the account sees of a call that was refused with a code. The other codes don't come from a key's own row.
OUTCOMES = {
    Code.INVALID_KEY: Outcome.WRONG_SECRET,
    Code.EXPIRED_KEY: Outcome.EXPIRED,
    Code.PAUSED_KEY: Outcome.PAUSED,
    Code.WRONG_ENVIRONMENT: Outcome.WRONG_ENVIRONMENT,
    Code.ADDRESS_NOT_ALLOWED: Outcome.ADDRESS_NOT_ALLOWED,
    Code.INSUFFICIENT_SCOPE: Outcome.INSUFFICIENT_SCOPE,
}

DETAILS = {
    Code.MISSING_KEY: "Send your API key in the header API-Key, or in Authorization as a Bearer token.",
    Code.INVALID_KEY: "No active API key matches. It may have been deleted: ask an admin of the account for a new one.",
    Code.EXPIRED_KEY: "This API key has expired. Ask an admin of the account for a new one.",
    Code.PAUSED_KEY: "This API key is paused. Ask an admin of the account to resume it.",
    Code.WRONG_ENVIRONMENT: "This API key is for another environment.",
    Code.ADDRESS_NOT_ALLOWED: "This API key may not be used from your address. An admin of the account can allow it.",
    Code.INSUFFICIENT_SCOPE: "This API key is not allowed to do that. Ask an admin of the account for one that is.",
    Code.HTTPS_REQUIRED: "This key came over plain HTTP, where others can read it. Replace it, and use HTTPS.",
    Code.AMBIGUOUS_CREDENTIALS: "The request carries more than one credential. Send the API key once, in one header.",
    Code.TOO_MANY_FAILURES: "Too many wrong keys came from your address. Correct the key, then wait a minute.",
    Code.UNAVAILABLE: "The key could not be checked just now. Nothing is wrong with it: try again shortly.",
}
