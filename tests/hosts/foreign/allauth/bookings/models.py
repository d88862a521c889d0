from django.conf import settings
from django.db import models


class Booking(models.Model):
    musician = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    room = models.CharField(max_length=40)
    begins = models.DateTimeField()

    def __str__(self):
        return self.room
