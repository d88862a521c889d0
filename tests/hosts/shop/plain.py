"""The shop's plain views."""

from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.views import View

from accounts.authentication.decorators import api_key_required


@login_not_required
def health(request):
    return HttpResponse("ok")


def page(request):
    """For people who are signed in."""
    return HttpResponse("Welcome back")


def guarded(request):
    """Below a path that the middleware protects."""
    return JsonResponse({"account": request.auth.account.slug})


@api_key_required
def orders(request):
    return JsonResponse({"account": request.auth.account.slug})


@api_key_required
async def async_orders(request):
    return JsonResponse({"account": request.auth.account.slug})


class Orders(View):
    def get(self, request):
        return JsonResponse({"account": request.auth.account.slug})


@login_not_required
def own(request):
    """By a header of the shop's own."""
    user = authenticate(request, api_key=request.headers.get("X-Our-Own", ""))
    return JsonResponse({"account": user.api_key.account.slug} if user else {}, status=200 if user else 401)


@login_not_required
async def async_own(request):
    user = await aauthenticate(request, api_key=request.headers.get("X-Our-Own", ""))
    return JsonResponse({"account": user.api_key.account.slug} if user else {}, status=200 if user else 401)
