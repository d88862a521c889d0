"""Every address of the product; DESIGN's table of URLs."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from accounts.keys.token import KEY_ID_LENGTH
from accounts.views import account, activity, api, api_keys, home, integrations, members


class KeyIdConverter:
    """Only what can be a key id, so that nothing else comes near the database."""

    regex = rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(KeyIdConverter, "key_id")

keys: list[URLPattern | URLResolver] = [
    path("new/", api_keys.new, name="api_key_new"),
    path("<key_id:key_id>/delete/", api_keys.delete, name="api_key_delete"),
]

settings: list[URLPattern | URLResolver] = [
    path("", account.edit, name="account_settings"),
    path("integrations/", integrations.index, name="integrations"),
    path("integrations/apis-webhooks/", api_keys.index, name="apis_webhooks"),
    path("integrations/apis-webhooks/keys/", include(keys)),
    path("members/", members.index, name="members"),
    path("activity/", activity.index, name="activity"),
]

urlpatterns = [
    path("", home.start, name="start"),
    path("accounts/<slug:slug>/", home.index, name="account_home"),
    path("accounts/<slug:slug>/settings/", include(settings)),
    path("api/openapi.json", api.description, name="api_description"),
    path("api/v1/test", api.test, name="api_test"),
    path("api/v1/verify", api.verify, name="api_verify"),
]
