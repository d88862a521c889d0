"""Keys of django-tenant-apikeys, which has none of its own: a project derives them."""

from django.db import models
from django_tenant_apikeys.models import AbstractTenantAPIKey


class Tenant(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class TenantKey(AbstractTenantAPIKey):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
