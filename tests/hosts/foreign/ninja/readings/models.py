from django.contrib.auth.models import User
from django.db import models


class Sensor(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sensors")
    name = models.CharField(max_length=60)

    def __str__(self):
        return self.name


class Reading(models.Model):
    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="readings")
    celsius = models.DecimalField(max_digits=4, decimal_places=1)
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        get_latest_by = "taken_at"

    def __str__(self):
        return f"{self.celsius} °C"
