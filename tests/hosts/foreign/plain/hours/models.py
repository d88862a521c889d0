from django.conf import settings
from django.db import models


class Entry(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="entries")
    day = models.DateField()
    project = models.CharField(max_length=100)
    minutes = models.PositiveIntegerField()

    class Meta:
        ordering = ["-day", "project"]
        verbose_name_plural = "entries"

    def __str__(self):
        return f"{self.day} {self.project}"
