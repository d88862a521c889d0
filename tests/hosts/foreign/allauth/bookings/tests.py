from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.test import TestCase

from bookings.models import Booking


class BookingsTest(TestCase):
    def setUp(self):
        self.ada = get_user_model().objects.create_user("ada", "ada@example.com", "correct horse battery staple")
        EmailAddress.objects.create(user=self.ada, email=self.ada.email, primary=True, verified=True)
        Booking.objects.create(musician=self.ada, room="Blue", begins=datetime(2026, 11, 2, 19, tzinfo=UTC))

    def sign_in(self):
        form = {"login": "ada@example.com", "password": "correct horse battery staple"}
        return self.client.post("/account/login/", form)

    def test_signs_in_and_sees_bookings(self):
        self.assertRedirects(self.sign_in(), "/")
        self.assertContains(self.client.get("/"), "Blue")

    def test_signed_out(self):
        self.assertRedirects(self.client.get("/api/bookings"), "/account/login/?next=/api/bookings")

    def test_policy(self):
        policy = self.client.get("/account/login/").headers["Content-Security-Policy"]
        self.assertIn("script-src 'self'", policy)
        self.assertNotIn("unsafe", policy)

    def test_json(self):
        self.sign_in()
        self.assertEqual(self.client.get("/api/bookings").json()["bookings"][0]["room"], "Blue")
