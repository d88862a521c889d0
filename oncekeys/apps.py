"""The app that any Django project installs."""

from django.apps import AppConfig


class OncekeysConfig(AppConfig):
    name = "oncekeys"
    verbose_name = "API keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from oncekeys import checks  # noqa: F401 - registers its own
