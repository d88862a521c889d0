"""The site's URLs: the parts of the sign-in library that we support, and everything else from accounts."""

from allauth.account import views as sign_in
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views import second_step, sessions, two_step
from config import admin
from config.security_txt import security_txt

two_step_pages: list[URLPattern | URLResolver] = [
    path("", two_step.index, name="mfa_index"),
    path("authenticate/", second_step.sign_in, name="mfa_authenticate"),
    path("reauthenticate/", second_step.confirm_by_code, name="mfa_reauthenticate"),
    path("app/activate/", two_step.activate_app, name="mfa_activate_totp"),
    path("app/deactivate/", two_step.deactivate_app, name="mfa_deactivate_totp"),
    path("recovery-codes/", two_step.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/download/", two_step.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("recovery-codes/generate/", two_step.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]

passkey_pages: list[URLPattern | URLResolver] = [
    path("", two_step.list_passkeys, name="mfa_list_webauthn"),
    path("login/", second_step.sign_in_by_passkey, name="mfa_login_webauthn"),
    path("reauthenticate/", second_step.confirm_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("add/", two_step.add_passkey, name="mfa_add_webauthn"),
    path("<int:pk>/edit/", two_step.rename_passkey, name="mfa_edit_webauthn"),
    path("<int:pk>/remove/", two_step.remove_passkey, name="mfa_remove_webauthn"),
]

handler400 = "config.availability.bad_request"
handler500 = "config.availability.server_error"

urlpatterns = [
    # First, since they are asked for most.
    path("api/", include("oncekeys.api_urls")),
    path("login/", sign_in.login, name="account_login"),
    path("logout/", sign_in.logout, name="account_logout"),
    # Closed, and says so.
    path("signup/", sign_in.signup, name="account_signup"),
    path("inactive/", sign_in.account_inactive, name="account_inactive"),
    path("reauthenticate/", second_step.confirm, name="account_reauthenticate"),
    path("password/change/", two_step.change_password, name="account_change_password"),
    path("password/reset/", sign_in.password_reset, name="account_reset_password"),
    path("password/reset/done/", sign_in.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", sign_in.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("two-step/", include(two_step_pages)),
    path("passkeys/", include(passkey_pages)),
    path("sessions/", sessions.manage, name="usersessions_list"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
]
