"""The API's own endpoints, for `path("api/", include("oncekeys.api_urls"))`."""

from django.urls import path

from oncekeys.views import api, own_key
from oncekeys.views.reference import described, reference

app_name = "oncekeys_api"

urlpatterns = [
    path("", reference, name="reference"),
    path("openapi.json", described(api.description), name="description"),
    path("v1/key", described(own_key.revoke), name="key"),
    path("v1/key/rotate", described(own_key.rotate), name="key_rotate"),
    path("v1/test", described(api.test), name="test"),
    # Its answers pass through proxies, as answers of another API.
    path("v1/verify", api.verify, name="verify"),
]
