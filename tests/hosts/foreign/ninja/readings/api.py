from decimal import Decimal

from django.shortcuts import aget_object_or_404
from ninja import NinjaAPI, Schema

from readings.models import Reading, Sensor


async def signed_in(request):
    user = await request.auser()
    return user if user.is_authenticated else None


api = NinjaAPI(title="Greenhouse", auth=signed_in)


class ReadingIn(Schema):
    sensor: str
    celsius: Decimal


class SensorOut(Schema):
    id: int
    name: str


def sensors_of(request):
    return Sensor.objects.filter(owner=request.auth)


@api.get("/sensors", response=list[SensorOut])
async def sensors(request):
    return [sensor async for sensor in sensors_of(request)]


@api.post("/readings", response={201: None})
async def record(request, reading: ReadingIn):
    sensor = await aget_object_or_404(sensors_of(request), name=reading.sensor)
    await Reading.objects.acreate(sensor=sensor, celsius=reading.celsius)
    return 201, None
