"""The shop's API in Django REST framework, for keys and for tokens of its own."""

from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from accounts.authentication.drf import ApiKeyAuthentication, ApiKeyRateThrottle
from accounts.models import ApiKey


class Orders(APIView):
    authentication_classes = [ApiKeyAuthentication, JWTStatelessUserAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"account": request.auth.account.slug if isinstance(request.auth, ApiKey) else "by token"})


class OrdersWithTokensFirst(Orders):
    authentication_classes = [JWTStatelessUserAuthentication, ApiKeyAuthentication]


class OpenOrders(Orders):
    permission_classes = [AllowAny]


class ThrottledOrders(Orders):
    throttle_classes = [ApiKeyRateThrottle]
