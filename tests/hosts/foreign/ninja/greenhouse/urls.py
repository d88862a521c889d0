from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from readings.api import api
from readings.views import sensors

urlpatterns = [
    path("", sensors),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/", api.urls),
]
