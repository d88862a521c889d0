from django.urls import include, path

from bookings import views

urlpatterns = [
    path("", views.bookings, name="bookings"),
    path("api/bookings", views.bookings_as_json),
    path("account/", include("allauth.urls")),
]
