from django.urls import path

from rates import views

urlpatterns = [
    path("status", views.status),
    path("rates/<str:currency>", views.rate),
]
