"""People of an account, where a test needs some."""

from accounts.models import Membership, Role, User
from oncekeys.models import Account


def join(account: Account, email: str, name: str, role: Role) -> User:
    user = User.objects.create_user(email, name=name)
    Membership.objects.create(account=account, user=user, role=role)
    return user
