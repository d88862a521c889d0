"""A project that takes keys at every door, with the deployment's database, and what the peers need besides."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES, database, env

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "oncekeys",
    "rest_framework",
    "rest_framework.authtoken",
    "knox",
    "rest_framework_api_key",
    "benchmarks.site",
]
AUTH_USER_MODEL = "auth.User"
ONCEKEYS_HOST = None
AUTHENTICATION_BACKENDS = ["oncekeys.backends.ApiKeyBackend"]
TENANT_API_KEY_MODEL = "site.TenantKey"

ROOT_URLCONF = "benchmarks.site.urls"
WSGI_APPLICATION = "benchmarks.site.wsgi.application"

# None has any, so that nothing but the doors differs.
MIDDLEWARE = []

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

# Wrong keys are counted there. The site's own cache has a table that this project lacks.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Django's, on every request that uses a connection by its cursors. Our look-up spares it, so for equal terms all do.
database["CONN_HEALTH_CHECKS"] = env.bool("HEALTH_CHECKS", default=False)

# The database once more, for the floor: here every statement that goes through Django is prepared by the driver.
prepared = {**database.get("OPTIONS", {}), "server_side_binding": True, "prepare_threshold": 0}
DATABASES["prepared"] = {**database, "OPTIONS": prepared}
