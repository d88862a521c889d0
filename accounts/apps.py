"""The Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    # A project that takes this app keeps its own default.
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import checks, conf  # noqa: F401 - checks registers its own

        # A project that takes only the keys has a sign-in of its own.
        if conf.has_pages():
            from accounts import sign_in  # noqa: F401 - listens to who signs in
