from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from rates.models import Rate


def status(request):
    return JsonResponse({"rates": Rate.objects.count()})


def rate(request, currency):
    return JsonResponse({"per_euro": get_object_or_404(Rate, currency=currency).per_euro})
