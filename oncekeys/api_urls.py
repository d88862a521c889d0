"""The API's own endpoints, for `path("api/", include("oncekeys.api_urls"))`."""

from django.urls import path

from oncekeys.views import api, own_key

app_name = "oncekeys_api"

urlpatterns = [
    path("openapi.json", api.description, name="description"),
    path("v1/key", own_key.revoke, name="key"),
    path("v1/key/rotate", own_key.rotate, name="key_rotate"),
    path("v1/test", api.test, name="test"),
    path("v1/verify", api.verify, name="verify"),
]
