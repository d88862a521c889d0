"""The people of the site."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import checks, events, sign_in, sign_in_events  # noqa: F401 - each listens, or adds what it knows
