from django.contrib.auth.models import User
from django.test import TestCase

from readings.models import Reading, Sensor


class ApiTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = User.objects.create_user("ada")
        Sensor.objects.create(owner=cls.ada, name="north bed")
        Sensor.objects.create(owner=User.objects.create_user("eve"), name="cellar")

    async def test_own_sensors(self):
        await self.async_client.aforce_login(self.ada)
        answer = await self.async_client.get("/api/sensors")
        self.assertEqual([sensor["name"] for sensor in answer.json()], ["north bed"])

    async def test_record_a_reading(self):
        await self.async_client.aforce_login(self.ada)
        reading = {"sensor": "north bed", "celsius": "21.5"}
        answer = await self.async_client.post("/api/readings", reading, content_type="application/json")
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(str((await Reading.objects.alatest()).celsius), "21.5")

    async def test_signed_out(self):
        answer = await self.async_client.get("/api/sensors")
        self.assertEqual((answer.status_code, answer.json()), (401, {"detail": "Unauthorized"}))

    async def test_page(self):
        await self.async_client.aforce_login(self.ada)
        self.assertContains(await self.async_client.get("/"), "north bed")
