"""The shop's API in Django REST framework, for keys and for tokens of its own."""

from django.http import JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from oncekeys.doors.drf import ApiKeyAuthentication, ApiKeyRateThrottle
from oncekeys.models import ApiKey


class Orders(APIView):
    authentication_classes = [ApiKeyAuthentication, JWTStatelessUserAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"})


class OrdersWithTokensFirst(Orders):
    authentication_classes = [JWTStatelessUserAuthentication, ApiKeyAuthentication]


class CachedOrders(Orders):
    """As the framework's documents show it, but for a response of Django's own, stored before the door ends."""

    @method_decorator(cache_page(60))
    def get(self, request):
        return JsonResponse(super().get(request).data)


class OpenOrders(Orders):
    permission_classes = [AllowAny]


class ThrottledOrders(Orders):
    throttle_classes = [ApiKeyRateThrottle]
