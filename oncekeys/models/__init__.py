"""The nouns."""

from oncekeys.models.account import Account, CapReached
from oncekeys.models.api_key import ApiKey, Environment
from oncekeys.models.audit import AuditEvent, AuditKind
from oncekeys.models.expiry_warning import ExpiryWarning
from oncekeys.models.outcome import Outcome
from oncekeys.models.usage import KeyAddress, KeyUsage

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "AuditKind",
    "CapReached",
    "Environment",
    "ExpiryWarning",
    "KeyAddress",
    "KeyUsage",
    "Outcome",
]
