"""The product's addresses. Signing in, its two steps and sessions, and the Django admin are in `oncekeys.urls`."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from accounts.keys.token import KEY_ID_LENGTH
from accounts.views import (
    account,
    activity,
    activity_export,
    api,
    api_keys,
    email_change,
    finding,
    home,
    integrations,
    invitations,
    key_list,
    key_page,
    members,
    own_key,
    pausing,
    profile,
    rotation,
)


class KeyIdConverter:
    """Only what can be a key id, so that nothing else comes near the database."""

    regex = rf"[0-9A-Za-z]{{{KEY_ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


register_converter(KeyIdConverter, "key_id")

keys: list[URLPattern | URLResolver] = [
    path("new/", api_keys.new, name="api_key_new"),
    path("find/", finding.find, name="api_keys_find"),
    path("<key_id:key_id>/", key_page.show, name="api_key"),
    path("<key_id:key_id>/edit/", api_keys.edit, name="api_key_edit"),
    path("<key_id:key_id>/rotate/", rotation.rotate, name="api_key_rotate"),
    path("<key_id:key_id>/pause/", pausing.pause, name="api_key_pause"),
    path("<key_id:key_id>/resume/", pausing.resume, name="api_key_resume"),
    path("<key_id:key_id>/delete/", api_keys.delete, name="api_key_delete"),
]

people: list[URLPattern | URLResolver] = [
    path("", members.index, name="members"),
    path("invite/", invitations.new, name="invitation_new"),
    path("invitations/<int:pk>/resend/", invitations.resend, name="invitation_resend"),
    path("invitations/<int:pk>/withdraw/", invitations.withdraw, name="invitation_withdraw"),
    path("<int:pk>/role/", members.change_role, name="member_role"),
    path("<int:pk>/remove/", members.remove, name="member_remove"),
]

settings: list[URLPattern | URLResolver] = [
    path("", account.edit, name="account_settings"),
    path("security/", account.secure, name="account_security"),
    path("integrations/", integrations.index, name="integrations"),
    path("integrations/apis-webhooks/", key_list.index, name="apis_webhooks"),
    path("integrations/apis-webhooks/keys/", include(keys)),
    path("members/", include(people)),
    path("activity/", activity.index, name="activity"),
    path("activity/export.csv", activity_export.download, name="activity_export"),
]

urlpatterns = [
    path("", home.start, name="start"),
    path("profile/", profile.edit, name="profile"),
    path("profile/person/", profile.introduce, name="profile_person"),
    path("profile/email/", email_change.change, name="email_change"),
    path("profile/email/resend/", email_change.resend, name="email_resend"),
    path("profile/email/withdraw/", email_change.withdraw, name="email_withdraw"),
    path("profile/email/confirm/<str:token>/", email_change.confirm, name="email_confirm"),
    path("accounts/<slug:slug>/", home.index, name="account_home"),
    path("accounts/<slug:slug>/settings/", include(settings)),
    path("invitations/<str:token>/", invitations.accept, name="invitation"),
    path("api/openapi.json", api.description, name="api_description"),
    path("api/v1/key", own_key.revoke, name="api_key_itself"),
    path("api/v1/key/rotate", own_key.rotate, name="api_key_itself_rotate"),
    path("api/v1/test", api.test, name="api_test"),
    path("api/v1/verify", api.verify, name="api_verify"),
]
