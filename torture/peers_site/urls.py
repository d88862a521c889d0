"""An address behind each of them, and those that give and end a token."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from knox.auth import TokenAuthentication
from knox.views import LoginView, LogoutView
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey


class Hello(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"message": "Hello."})


def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("ready", ready),
    path("api-key", Hello.as_view(authentication_classes=[], permission_classes=[HasAPIKey])),
    path("knox", Hello.as_view(authentication_classes=[TokenAuthentication])),
    path("knox/login", LoginView.as_view(authentication_classes=[BasicAuthentication])),
    path("knox/logout", LogoutView.as_view(authentication_classes=[TokenAuthentication])),
]
