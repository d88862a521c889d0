"""Makes accounts, renames them, and closes and opens them again."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Account, AuditKind, Membership, Role, User, names
from accounts.models.audit import AuditEventQuerySet
from accounts.services import audit, memberships
from accounts.services.by import By


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


def create(*, name: str, owner_email: str, owner_name: str = "") -> Account:
    """An account with its API user, and an owner, who is made too unless they exist.

    Raises BadName, SlugTaken, OwnerSwitchedOff.
    """
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    owner_name = owner_name and names.clean(owner_name, most=names.PERSON_LENGTH)
    slug = slugify(name)[:50].strip("-")
    if not slug:
        raise names.BadName(_("An account's name needs at least one letter or digit from A to Z."))
    _refuse_taken(slug)
    try:
        with transaction.atomic():
            owner = _person(owner_email, owner_name)
            if not owner.is_active:
                raise OwnerSwitchedOff(str(owner.email))
            service_user = User.objects.create_service_user(name=f"API of {slug}")
            account = Account.objects.create(name=name, slug=slug, service_user=service_user)
            Membership.objects.create(account=account, user=owner, role=Role.OWNER)
            audit.record(AuditKind.ACCOUNT_CREATED, account=account, by=By.system(), name=name)
    except IntegrityError:
        _refuse_taken(slug)  # by somebody else in the same moment
        raise
    return account


def _refuse_taken(slug: str) -> None:
    if Account.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)


def rename(*, account: Account, by: By, name: str, seen: int | None = None) -> None:
    """The slug stays, since links hold it. `seen`: the newest renaming the actor knows of.

    Raises BadName, audit.Outdated.
    """
    name = names.clean(name, most=names.ACCOUNT_LENGTH)
    with transaction.atomic():
        account.lock()
        audit.check_seen(renamings(account), seen)
        before = account.name
        account.name = name
        account.save(update_fields=["name"])
        audit.record(AuditKind.ACCOUNT_RENAMED, account=account, by=by, name=name, before=before)


def renamings(account: Account) -> AuditEventQuerySet:
    events: AuditEventQuerySet = account.audit_events.filter(kind=AuditKind.ACCOUNT_RENAMED)
    return events


def disable(*, account: Account, by: By) -> None:
    """Refuse its keys and its pages from the next request on, until it is enabled. Again changes nothing."""
    with transaction.atomic():
        if Account.objects.filter(pk=account.pk, disabled_at=None).update(disabled_at=timezone.now()):
            _record(AuditKind.ACCOUNT_DISABLED, account, by)


def enable(*, account: Account, by: By, owner_email: str = "") -> None:
    """Let its keys and its people in again, from the next request on. The one with that email becomes an owner.

    Raises NoOwner.
    """
    with transaction.atomic():
        account.lock()
        if owner_email:
            memberships.make_owner(account=account, user=_person(owner_email, name=""))
        if Account.objects.filter(pk=account.pk, disabled_at__isnull=False).update(disabled_at=None):
            if not memberships.active_owners(account).exists():
                raise NoOwner(account)
            _record(AuditKind.ACCOUNT_ENABLED, account, by)


def _record(kind: AuditKind, account: Account, by: By) -> None:
    audit.record(kind, account=account, by=by, name=account.name)


def _person(email: str, name: str) -> User:
    email = email.strip().lower()
    try:
        with transaction.atomic():
            return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    except IntegrityError:  # made by someone else in the same moment
        return User.objects.get(email=email)
