"""One address for each case."""

from django.urls import path

from benchmarks.site import views

urlpatterns = [
    path("bare", views.bare),
    path("orm_row", views.orm_row),
    path("orm_joins", views.orm_joins),
    path("prepared_floor", views.prepared_floor),
    path("prepared_by_driver", views.prepared_by_driver),
    path("argon2_each_time", views.argon2_each_time),
    path("drf_bare", views.drf_bare),
    path("drf_token", views.drf_token),
    path("knox", views.knox),
    path("drf_api_key", views.drf_api_key),
    path("plain", views.decorated),
    path("api/middleware", views.behind_middleware),
    path("drf", views.drf),
    path("ninja/", views.api.urls),
]
