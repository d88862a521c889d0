"""The app that any Django project installs."""

from typing import Any

from django.apps import AppConfig


class OncekeysConfig(AppConfig):
    name = "oncekeys"
    verbose_name = "API keys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.core.signals import setting_changed

        from oncekeys import checks, checks_of_database, conf, owners  # noqa: F401 - checks register themselves
        from oncekeys.keys import brand

        def use_brand(setting: str = "", **_: Any) -> None:
            brand.use(*conf.brands())

        owners.connect()
        use_brand()
        setting_changed.connect(use_brand, weak=False)
