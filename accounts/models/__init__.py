"""The people of the site."""

from accounts.models.events import PeopleEvent
from accounts.models.invitation import Invitation
from accounts.models.limit import Limit
from accounts.models.membership import Membership, Role
from accounts.models.person_event import PersonEvent, PersonEventKind
from accounts.models.two_step_requirement import TwoStepRequirement
from accounts.models.user import User

__all__ = [
    "Invitation",
    "Limit",
    "Membership",
    "PeopleEvent",
    "PersonEvent",
    "PersonEventKind",
    "Role",
    "TwoStepRequirement",
    "User",
]
