from django.contrib import admin
from django.urls import include, path

from hours import views

urlpatterns = [
    path("", views.week, name="week"),
    path("api/entries/", views.entries, name="entries"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
