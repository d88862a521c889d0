"""A limit counts something for a while, so that all processes share it: see `config.database_cache`."""

from django.db import models


class Limit(models.Model):
    # Of the cache key, which may hold an address or an email. So the table holds neither.
    key = models.UUIDField(primary_key=True)
    # JSON.
    value = models.TextField()
    # In seconds of Unix time.
    expires_at = models.FloatField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key} until {self.expires_at}"
