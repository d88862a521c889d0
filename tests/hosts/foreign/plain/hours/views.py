from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import render


@login_required
def week(request):
    return render(request, "hours/week.html", {"entries": request.user.entries.all()})


@login_required
def entries(request):
    return as_json(request.user.entries.all())


def as_json(rows):
    return JsonResponse({"entries": list(rows.values("day", "project", "minutes"))})
