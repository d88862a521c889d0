from django.contrib.auth.models import User
from django.test import TestCase

from hours.models import Entry


class EntriesTest(TestCase):
    def setUp(self):
        self.ada = User.objects.create_user("ada", password="correct horse")
        eve = User.objects.create_user("eve")
        Entry.objects.create(user=self.ada, day="2026-11-02", project="Engine", minutes=90)
        Entry.objects.create(user=eve, day="2026-11-02", project="Mischief", minutes=480)

    def test_week_lists_own_entries(self):
        self.client.force_login(self.ada)
        page = self.client.get("/")
        self.assertContains(page, "Engine")
        self.assertNotContains(page, "Mischief")

    def test_api_lists_own_entries(self):
        self.client.force_login(self.ada)
        expected = [{"day": "2026-11-02", "project": "Engine", "minutes": 90}]
        self.assertEqual(self.client.get("/api/entries/").json(), {"entries": expected})

    def test_signed_out(self):
        self.assertRedirects(self.client.get("/"), "/accounts/login/?next=/")

    def test_sign_in(self):
        form = {"username": "ada", "password": "correct horse"}
        self.assertRedirects(self.client.post("/accounts/login/", form), "/")
