"""Opens accounts with an owner, and opens closed ones again."""

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User
from accounts.services import memberships
from oncekeys.models import Account, AuditKind, names
from oncekeys.models.account import slug_of
from oncekeys.services import accounts, audit
from oncekeys.services.by import By


class SlugTaken(Exception):
    """Another account has the address this one would have. The message is one a person can act on."""

    def __init__(self, slug: str) -> None:
        super().__init__(_("There is already an account “%(slug)s”. Choose another name.") % {"slug": slug})


class OwnerSwitchedOff(Exception):
    """Who is to own the account may not sign in. The message is one staff can act on."""

    def __init__(self, email: str) -> None:
        super().__init__(
            _("Sign-in for %(email)s is switched off. Switch it on first, or name another owner.") % {"email": email}
        )


class NoOwner(Exception):
    """Enabled, the account could be entered by no owner. The message is one staff can act on."""

    def __init__(self, account: Account) -> None:
        super().__init__(
            _(
                "%(account)s has no owner who can sign in. Switch one on first, or run"
                " `manage.py enable_account %(slug)s --owner EMAIL`."
            )
            % {"account": account.name, "slug": account.slug}
        )


def provision(*, external_id: str, name: str, owner_email: str, owner_name: str = "") -> Account:
    """The account with this external ID, called by this name. Only one that is made now is given the owner.

    So that it may be repeated every night: people of the account decide who owns it later.
    Raises BadName, SlugTaken, OwnerSwitchedOff.
    """
    if account := Account.objects.filter(external_id=external_id).first():
        if account.name != names.clean(name, most=names.ACCOUNT_LENGTH):
            accounts.rename(account=account, by=By.system(), name=name)
        return account
    try:
        return create(name=name, owner_email=owner_email, owner_name=owner_name, external_id=external_id)
    except SlugTaken:
        made_meanwhile = Account.objects.filter(external_id=external_id).first()
        if made_meanwhile is None:
            raise
        return made_meanwhile


def create(*, name: str, owner_email: str, owner_name: str = "", external_id: str | None = None) -> Account:
    """An account with its API user, and an owner, who is made too unless they exist.

    Raises BadName, SlugTaken, OwnerSwitchedOff.
    """
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    owner_name = owner_name and names.clean(owner_name, most=names.PERSON_LENGTH)
    slug = _slug(name, external_id)
    try:
        with transaction.atomic():
            owner = _person(owner_email, owner_name)
            if not owner.is_active:
                raise OwnerSwitchedOff(str(owner.email))
            service_user = User.objects.create_service_user(name=f"API of {slug}")
            account = Account.objects.create(name=name, slug=slug, service_user=service_user, external_id=external_id)
            Membership.objects.create(account=account, user=owner, role=Role.OWNER)
            audit.record(AuditKind.ACCOUNT_CREATED, account=account, by=By.system(), name=name)
    except IntegrityError:
        _refuse_taken(slug)  # by somebody else in the same moment
        raise
    return account


def _slug(name: str, external_id: str | None) -> str:
    """From the name. Two organisations of one name, and names without Latin letters, have it from the external ID."""
    slug = slugify(name)[:50].strip("-")
    if external_id and (not slug or Account.objects.filter(slug=slug).exists()):
        slug = slug_of(external_id)
    if not slug:
        raise names.BadName(_("An account's name needs at least one letter or digit from A to Z."))
    _refuse_taken(slug)
    return slug


def _refuse_taken(slug: str) -> None:
    if Account.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)


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
