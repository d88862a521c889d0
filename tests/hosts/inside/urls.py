from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path

urlpatterns = [
    path("", lambda request: render(request, "home.html")),
    path("healthz", lambda request: HttpResponse("ok")),
    path("people/", include("django.contrib.auth.urls")),
    path("settings/integrations/", include("oncekeys.urls")),
    path("o/<slug:slug>/integrations/", include("oncekeys.urls", namespace="teams")),
    path("api/", include("oncekeys.api_urls")),
]
