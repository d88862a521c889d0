from django.urls import path
from django.views.decorators.cache import cache_page

from oncekeys.doors.decorators import api_key_required
from oncekeys.views import api, own_key

from . import failing, ninja_api, plain, rest

urlpatterns = [
    path("healthz", plain.health),
    path("page", plain.page),
    path("guarded/orders", plain.guarded),
    path("orders", plain.orders),
    path("orders/async", plain.async_orders),
    path("orders/class", api_key_required(plain.Orders.as_view())),
    path("orders/own-cors", api_key_required(plain.OrdersWithTheirOwnCors.as_view())),
    path("orders/cached/behind", plain.cached_behind_the_door),
    path("orders/cached/before", plain.cached_before_the_door),
    path("orders/cached/class", cache_page(60)(api_key_required(plain.Orders.as_view()))),
    path("orders/cached/class/behind", api_key_required(cache_page(60)(plain.Orders.as_view()))),
    path("orders/public", plain.public_orders),
    path("orders/minute", plain.orders_for_a_minute),
    path("orders/absent", plain.absent),
    path("guarded/cached", plain.guarded_and_cached),
    path("drf/cached", cache_page(60)(rest.Orders.as_view())),
    path("drf/cached/behind", rest.CachedOrders.as_view()),
    path("drf/open", rest.OpenOrders.as_view()),
    path("drf/throttled", rest.ThrottledOrders.as_view()),
    path("attributes", plain.attributes),
    path("own", plain.own),
    path("own/async", plain.async_own),
    path("drf/orders", rest.Orders.as_view()),
    path("drf/orders/tokens-first", rest.OrdersWithTokensFirst.as_view()),
    path("fails/<str:key>", failing.fails),
    path("fails/async/<str:key>", failing.async_fails),
    path("fails/drf/<str:key>", failing.FailingOrders.as_view()),
    path("works/<str:key>", failing.works),
    path("ninja/", ninja_api.api.urls),
    path("api/openapi.json", api.description),
    path("api/v1/test", api.test),
    path("api/v1/verify", api.verify),
    path("api/v1/key", own_key.revoke),
    path("api/v1/key/rotate", own_key.rotate),
]
