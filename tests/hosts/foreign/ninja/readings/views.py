from django.contrib.auth.decorators import login_required
from django.shortcuts import render


@login_required
def sensors(request):
    return render(request, "readings/sensors.html", {"sensors": request.user.sensors.all()})
