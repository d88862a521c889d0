"""Opens accounts with an owner, and opens closed ones again."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User
from accounts.services import memberships
from oncekeys.models import Account, names
from oncekeys.services import accounts
from oncekeys.services.by import By


class OwnerSwitchedOff(Exception):
    """Raised when the owner-to-be may not sign in. The message tells staff what to do."""

    def __init__(self, email: str) -> None:
        super().__init__(
            _("Sign-in for %(email)s is switched off. Switch it on first, or name another owner.") % {"email": email}
        )


class NoOwner(Exception):
    """Enabled, the account could be entered by no owner. The message is one staff can act on."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            _(
                "%(account)s has no owner who can sign in. Switch on an owner’s sign-in first, or run `manage.py"
                " enable_account %(slug)s --owner EMAIL`."
            )
            % {"account": account.name, "slug": account.slug}
        )


def create(*, name: str, owner_email: str, owner_name: str = "", external_id: str | None = None) -> Account:
    """An account with its API user, and an owner, who is made too unless they exist.

    Raises BadName, SlugTaken, OwnerSwitchedOff.
    """
    owner_name = owner_name and names.clean(owner_name, most=names.PERSON_LENGTH)
    with transaction.atomic():
        owner = _person(owner_email, owner_name)
        if not owner.is_active:
            raise OwnerSwitchedOff(str(owner.email))
        api_user = User.objects.create_service_user(name=f"API of {name}"[: names.PERSON_LENGTH])
        account = accounts.create(name=name, external_id=external_id, service_user=api_user)
        Membership.objects.create(account=account, user=owner, role=Role.OWNER)
    return account


def enable(*, account: Account, by: By, owner_email: str = "") -> None:
    """Let its keys and its people in again, from the next request on. The one with that email becomes an owner.

    Raises NoOwner.
    """
    with transaction.atomic():
        account.lock()
        if owner_email:
            memberships.make_owner(account=account, user=_person(owner_email, name=""))
        if accounts.enable(account=account, by=by) and not memberships.active_owners(account).exists():
            raise NoOwner(account)


def _person(email: str, name: str) -> User:
    email = email.strip().lower()
    try:
        with transaction.atomic():
            return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    except IntegrityError:  # made by someone else in the same moment
        return User.objects.get(email=email)
