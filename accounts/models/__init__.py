"""The nouns."""

from accounts.models.account import Account, CapReached
from accounts.models.api_key import ApiKey, Environment
from accounts.models.audit import AuditEvent, AuditKind
from accounts.models.membership import Membership, Role
from accounts.models.user import User

__all__ = [
    "Account",
    "ApiKey",
    "AuditEvent",
    "AuditKind",
    "CapReached",
    "Environment",
    "Membership",
    "Role",
    "User",
]
