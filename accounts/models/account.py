"""The tenant. It owns the keys, and the service user as which they authenticate."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.conf import MAX_ACTIVE_KEYS
from accounts.models import names


class CapReached(Exception):
    """An account holds all its active keys. The message is one the page can show."""

    field = None  # it's about the form as a whole

    def __init__(self) -> None:
        super().__init__(
            _("This account already has %(cap)d keys, which is all it can have. Delete one that you no longer need.")
            % {"cap": MAX_ACTIVE_KEYS}
        )


class Account(models.Model):
    name = models.CharField(max_length=names.ACCOUNT_LENGTH)
    slug = models.SlugField(max_length=50, unique=True)
    service_user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    disabled_at = models.DateTimeField(null=True, blank=True)
    # Whether its people must sign in with a second step. Its keys are not concerned.
    requires_two_step = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

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
        """Whoever changes its keys or its members comes one after the other, until the transaction ends."""
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
