"""The shop's plain views."""

from django.contrib.auth import aauthenticate, authenticate
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.views import View
from django.views.decorators.cache import cache_control, cache_page

from oncekeys.doors.decorators import api_key_required


@login_not_required
def health(request):
    return HttpResponse("ok")


def page(request):
    """Show a page for people who are signed in."""
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


class OrdersWithTheirOwnCors(Orders):
    def options(self, request):
        return HttpResponse(headers={"Access-Control-Allow-Origin": "*"})


@api_key_required
@cache_page(60)
def cached_behind_the_door(request):
    return JsonResponse({"account": request.auth.account.slug})


@cache_page(60)
@api_key_required
def cached_before_the_door(request):
    return JsonResponse({"account": request.auth.account.slug})


@cache_page(60)
def guarded_and_cached(request):
    return JsonResponse({"account": request.auth.account.slug})


@api_key_required
@cache_control(public=True, max_age=60)
def public_orders(request):
    return JsonResponse({"account": request.auth.account.slug})


@api_key_required
@cache_control(max_age=60)
def orders_for_a_minute(request):
    return JsonResponse({"account": request.auth.account.slug})


@api_key_required
def absent(request):
    raise Http404


@login_not_required
def own(request):
    """Authenticate by a header of the shop's own."""
    user = authenticate(request, api_key=request.headers.get("X-Our-Own", ""))
    return JsonResponse({"account": user.api_key.account.slug} if user else {}, status=200 if user else 401)


@login_not_required
async def async_own(request):
    user = await aauthenticate(request, api_key=request.headers.get("X-Our-Own", ""))
    return JsonResponse({"account": user.api_key.account.slug} if user else {}, status=200 if user else 401)


@api_key_required
async def attributes(request):
    """Everything that a library may ask of who called."""
    user, key = request.user, request.auth
    fields = [getattr(row, field.attname) for row in (key, key.account) for field in row._meta.concrete_fields]
    texts = [f(row) for row in (user, key, key.account, await request.auser()) for f in (str, repr)]
    names = [user.get_username(), user.pk, user.owner_pk]
    rights = [user.is_authenticated, user.is_anonymous, user.has_perm("shop.view_order"), user.groups]
    return JsonResponse({"asked": len([*fields, *texts, *names, *rights]), "pk": user.pk})
