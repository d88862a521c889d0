"""Deletes data that is no longer needed. The audit log keeps a record of everything that was done."""

from django.db.models import Q
from django.db.models.functions import Now

from oncekeys.models import ApiKey, ExpiryWarning, KeyAddress, KeyUsage
from oncekeys.models.usage import KEPT


def delete_ended() -> None:
    """Delete old data, by the database's clock. A deleted key keeps its IP addresses while something still sends it."""
    long_ago = Now() - KEPT
    KeyUsage.objects.outdated().delete()
    KeyAddress.objects.filter(api_key__deleted_at__lt=long_ago, last_seen_at__lt=long_ago).delete()
    ApiKey.objects.filter(deleted_at__lt=long_ago, last_used_address__isnull=False).update(last_used_address=None)
    over = Q(api_key__deleted_at__isnull=False) | Q(api_key__expires_at__lt=Now())
    ExpiryWarning.objects.filter(over).delete()
