"""The pages, for `include("oncekeys.urls")`. What the project's own path captures goes to `Host.account`."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from oncekeys.keys.token import KEY_ID_LENGTH
from oncekeys.views import (
    activity,
    activity_export,
    api_keys,
    finding,
    integrations,
    key_list,
    key_page,
    password,
    pausing,
    rotation,
)

app_name = "oncekeys"


class KeyIdConverter:
    """Only what can be a key ID, so that nothing else comes near the database."""

    regex = rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(KeyIdConverter, "oncekeys_key_id")

keys_pages: list[URLPattern | URLResolver] = [
    path("new/", api_keys.new, name="api_key_new"),
    path("find/", finding.find, name="api_keys_find"),
    path("<oncekeys_key_id:key_id>/", key_page.show, name="api_key"),
    path("<oncekeys_key_id:key_id>/edit/", api_keys.edit, name="api_key_edit"),
    path("<oncekeys_key_id:key_id>/rotate/", rotation.rotate, name="api_key_rotate"),
    path("<oncekeys_key_id:key_id>/pause/", pausing.pause, name="api_key_pause"),
    path("<oncekeys_key_id:key_id>/resume/", pausing.resume, name="api_key_resume"),
    path("<oncekeys_key_id:key_id>/delete/", api_keys.delete, name="api_key_delete"),
]

integrations_pages: list[URLPattern | URLResolver] = [
    path("", integrations.index, name="integrations"),
    path("apis-webhooks/", key_list.index, name="apis_webhooks"),
    path("apis-webhooks/keys/", include(keys_pages)),
]

activity_pages: list[URLPattern | URLResolver] = [
    path("", activity.index, name="activity"),
    path("export.csv", activity_export.download, name="activity_export"),
]

urlpatterns = [
    *integrations_pages,
    path("activity/", include(activity_pages)),
    path("confirm/", password.confirm, name="confirm_password"),
]
