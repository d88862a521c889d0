from django.conf import settings
from django.db import models

from accounts.models import Organisation


class Shipment(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="shipments")
    number = models.CharField(max_length=30)
    destination = models.CharField(max_length=100)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="shipment_number_is_unique")]

    def __str__(self):
        return self.number
