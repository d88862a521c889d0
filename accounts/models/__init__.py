"""The nouns."""

from accounts.models.account import Account, CapReached
from accounts.models.api_key import ApiKey, Environment
from accounts.models.audit import AuditEvent, AuditKind
from accounts.models.expiry_warning import ExpiryWarning
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership, Role
from accounts.models.outcome import Outcome
from accounts.models.usage import KeyAddress, KeyUsage
from accounts.models.user import User

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "AuditKind",
    "CapReached",
    "Environment",
    "ExpiryWarning",
    "Invitation",
    "KeyAddress",
    "KeyUsage",
    "Membership",
    "Outcome",
    "Role",
    "User",
]
