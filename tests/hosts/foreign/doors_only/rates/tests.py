from django.test import TestCase

from rates.models import Rate


class StatusTest(TestCase):
    def test_counts_rates(self):
        Rate.objects.create(currency="GBP", per_euro="0.85")
        self.assertEqual(self.client.get("/status").json(), {"rates": 1})

    def test_unknown_path(self):
        self.assertEqual(self.client.get("/nothing").status_code, 404)
