from django.http import JsonResponse
from django.shortcuts import render

from bookings.models import Booking


def bookings(request):
    return render(request, "bookings/list.html", {"bookings": Booking.objects.filter(musician=request.user)})


def bookings_as_json(request):
    mine = Booking.objects.filter(musician=request.user)
    return JsonResponse({"bookings": list(mine.values("room", "begins"))})
