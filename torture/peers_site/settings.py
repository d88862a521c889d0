"""As their documents say, and a database as Django's recommend it: connections are kept, and checked before use."""

import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

SECRET_KEY = "only-for-torture-and-never-for-a-deployment-0123456789-abcdefg"
DEBUG = os.environ.get("PEERS_DEBUG") == "true"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
ROOT_URLCONF = "torture.peers_site.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "knox",
    "rest_framework_api_key",
]
MIDDLEWARE = []
# Only to sign in for a token, which is not what is measured.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

address = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": address.path[1:],
        "USER": address.username,
        "HOST": parse_qs(address.query)["host"][0],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
REST_KNOX = {"TOKEN_LIMIT_PER_USER": 25, "TOKEN_TTL": timedelta(days=30)}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("PEERS_LOG_LEVEL", "WARNING")},
    "loggers": {"django": {"handlers": [], "level": os.environ.get("PEERS_LOG_LEVEL", "WARNING"), "propagate": True}},
}
