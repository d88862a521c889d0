"""Records that an account was warned about an expiring key, so that each warning goes out once."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from oncekeys.models.api_key import SOON

# How many days before the expiry we send a warning.
DAYS = (SOON.days, 3, 0)


class ExpiryWarning(models.Model):
    api_key = models.ForeignKey("oncekeys.ApiKey", on_delete=models.CASCADE, related_name="warnings", db_index=False)
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["api_key", "days"], name="expiry_warning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.days} days before"
