"""Makes accounts, and renames them."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Account, AuditKind, Membership, Role, User
from accounts.services import audit


class BadAccountName(ValueError):
    """The message is one a person can act on."""


def create(*, name: str, owner_email: str, owner_name: str = "") -> Account:
    """An account with its API user, and an owner, who is made too unless they exist. Raises BadAccountName."""
    slug = slugify(name)[:50]
    if not slug:
        raise BadAccountName(_("An account's name needs at least one letter or digit from A to Z."))
    with transaction.atomic():
        if Account.objects.filter(slug=slug).exists():
            raise BadAccountName(_("There is already an account “%(slug)s”. Choose another name.") % {"slug": slug})
        service_user = User.objects.create_service_user(name=_("API of %(account)s") % {"account": name})
        account = Account.objects.create(name=name, slug=slug, service_user=service_user)
        Membership.objects.create(account=account, user=_person(owner_email, owner_name), role=Role.OWNER)
        audit.record(AuditKind.ACCOUNT_CREATED, account=account, actor=None, address=None, name=name)
    return account


def rename(*, account: Account, actor: User, name: str, address: str | None = None) -> None:
    """The slug stays, since links hold it."""
    with transaction.atomic():
        before = account.name
        account.name = name
        account.save(update_fields=["name"])
        audit.record(AuditKind.ACCOUNT_RENAMED, account=account, actor=actor, address=address, name=name, before=before)


def _person(email: str, name: str) -> User:
    email = email.strip().lower()
    return User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
