from django.urls import path

from accounts.authentication.decorators import api_key_required
from accounts.views import api, own_key

from . import ninja_api, plain, rest

urlpatterns = [
    path("healthz", plain.health),
    path("page", plain.page),
    path("guarded/orders", plain.guarded),
    path("orders", plain.orders),
    path("orders/async", plain.async_orders),
    path("orders/class", api_key_required(plain.Orders.as_view())),
    path("own", plain.own),
    path("own/async", plain.async_own),
    path("drf/orders", rest.Orders.as_view()),
    path("drf/orders/tokens-first", rest.OrdersWithTokensFirst.as_view()),
    path("ninja/", ninja_api.api.urls),
    path("api/v1/test", api.test),
    path("api/v1/verify", api.verify),
    path("api/v1/key", own_key.revoke),
    path("api/v1/key/rotate", own_key.rotate),
]
