from django.db import models


class Rate(models.Model):
    currency = models.CharField(max_length=3, unique=True)
    per_euro = models.DecimalField(max_digits=12, decimal_places=6)

    def __str__(self):
        return self.currency
