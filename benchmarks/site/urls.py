"""One address for each case."""

from django.urls import path

from benchmarks.site import views

urlpatterns = [
    path("bare", views.bare),
    path("prepared_floor", views.prepared_floor),
    path("argon2_each_time", views.argon2_each_time),
    path("drf_floor", views.drf_floor),
    path("drf_token", views.drf_token),
    path("knox", views.knox),
    path("drf_api_key", views.drf_api_key),
    path("tenant_apikeys", views.tenant_apikeys),
    path("plain", views.plain),
    path("drf", views.drf),
    path("ninja/", views.api.urls),
    path("async_door", views.async_door),
    path("thread_for_each_request", views.thread_for_each_request),
]
