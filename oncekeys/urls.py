"""The site: sign-in from the library, everything else from accounts."""

from django.urls import include, path

urlpatterns = [
    path("", include("allauth.account.urls")),
    path("", include("accounts.urls")),
]
