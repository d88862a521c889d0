"""The account is the tenant that keys belong to."""

import hashlib
from datetime import datetime
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, router
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from oncekeys.conf import MAX_ACTIVE_KEYS
from oncekeys.models import names
from oncekeys.models.transactions import alias, atomic

SLUG_LENGTH = 100


class CapReached(Exception):
    """An account holds all its active keys. The message is one the page can show."""

    field = None  # it's about the form as a whole

    def __init__(self) -> None:
        super().__init__(
            _("This account already has %(cap)d keys, which is all it can have. Delete one that you no longer need.")
            % {"cap": MAX_ACTIVE_KEYS}
        )


class AccountManager(models.Manager["Account"]):
    def of_owner(self, owner: models.Model, *, name: str = "") -> "Account":
        """The account of an organisation or a person of the host project, made when it is first needed."""
        external_id, name = external_id_of(owner), (name or str(owner))[: names.ACCOUNT_LENGTH]
        account = self.filter(external_id=external_id).first() or self._make(external_id, name)
        if account.name != name:
            account.name = name
            account.save(update_fields=["name"])
        return account

    def _make(self, external_id: str, name: str) -> "Account":
        try:
            with atomic():
                return self.create(external_id=external_id, name=name, slug=slug_of(external_id))
        except IntegrityError:  # made by another request in the same moment, or another account has the slug
            made = self.filter(external_id=external_id).first()
            return made or self.create(external_id=external_id, name=name, slug=distinct_slug_of(external_id))


def external_id_of(owner: models.Model) -> str:
    """Such as `shop.organisation:42`. Raises ValueError for an owner that is not saved."""
    if owner.pk is None:
        raise ValueError("An owner has to be saved before it can have keys.")
    model = owner._meta.concrete_model or type(owner)
    return f"{model._meta.label_lower}:{owner.pk}"


def slug_of(external_id: str) -> str:
    """Such as `shop-organisation-42`."""
    return slugify(external_id.replace(".", "-").replace(":", "-"))[:SLUG_LENGTH]


def distinct_slug_of(external_id: str) -> str:
    """Return a slug that ends with a hash, for when two external IDs would get the same slug."""
    digest = hashlib.sha256(external_id.encode()).hexdigest()[:12]
    return f"{slug_of(external_id)[: SLUG_LENGTH - 13]}-{digest}"


class Account(models.Model):
    name = models.CharField(max_length=names.ACCOUNT_LENGTH)
    slug = models.SlugField(max_length=SLUG_LENGTH, unique=True)
    # The owner in the host project: `shop.organisation:42`. None where accounts are the project's own tenants.
    external_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    # The row as which its keys authenticate, where the host keeps one: see `host.Host.has_user_rows`.
    service_user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return self.name

    @property
    def owner_pk(self) -> Any:
        """The primary key of `owner`, as its model has it, without a query. Text where that is in another project."""
        return self._owner_of()[1]

    @property
    def owner(self) -> Any:
        """The host project's organisation or person; None where there is none, no longer, or in another project."""
        model, pk = self._owner_of()
        return model and model._base_manager.filter(pk=pk).first()

    def _owner_of(self) -> tuple[Any, Any]:
        if not self.external_id:
            return None, None
        label, _, pk = self.external_id.rpartition(":")
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError):
            return None, pk
        if router.db_for_read(model) != alias():  # of the same name, but this project's own
            return None, pk
        return model, model._meta.pk.to_python(pk)

    @property
    def is_enabled(self) -> bool:
        return self.disabled_at is None

    @property
    def is_full(self) -> bool:
        """It has all the active keys that it can have."""
        return self.api_keys.active().count() >= MAX_ACTIVE_KEYS

    def clock(self) -> datetime:
        """The database's clock, by which everything about expiry goes."""
        now: datetime = Account.objects.values_list(Now(), flat=True).get(pk=self.pk)
        return now

    def lock(self) -> None:
        """Make other changes to the account's keys and members wait until this transaction ends."""
        # What only refers to the account, such as an audit event, need not wait, and so cannot be waited for in turn.
        Account.objects.select_for_update(no_key=True).get(pk=self.pk)

    def take_slot(self) -> int:
        """The lowest free slot, 1 to 25. Locks the account's row until the transaction ends.

        Raises CapReached.
        """
        self.lock()
        self.api_keys.give_back_expired_slots()
        taken = set(self.api_keys.holding_slots().values_list("slot", flat=True))
        for slot in range(1, MAX_ACTIVE_KEYS + 1):
            if slot not in taken:
                return slot
        raise CapReached
