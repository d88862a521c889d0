"""A project's settings around its API: a site cache, required sign-in, CORS, its own tokens, an error tracker."""

import os
import sys

import dj_database_url

SECRET_KEY = "the shop's own"
ALLOWED_HOSTS = ["*"]
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "corsheaders",
    "rest_framework",
    "oncekeys",
]
# Our app still brings the user model: a project of its own would name its own here.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "oncekeys.backends.ApiKeyBackend"]
LOGIN_URL = "/login/"

MIDDLEWARE = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "oncekeys.doors.middleware.key_expires_middleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "oncekeys.doors.middleware.api_key_middleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]
if os.environ.get("SITE_CACHE") == "behind the doors":
    # Where Django's documents put it, it is before them.
    MIDDLEWARE.remove("django.middleware.cache.UpdateCacheMiddleware")
    MIDDLEWARE.insert(-1, "django.middleware.cache.UpdateCacheMiddleware")
if cors := os.environ.get("CORS"):
    MIDDLEWARE.remove("corsheaders.middleware.CorsMiddleware")
    if cors == "behind the doors":
        MIDDLEWARE.append("corsheaders.middleware.CorsMiddleware")
ONCEKEYS_PROTECTED_PATHS = ["/guarded/"]
ONCEKEYS_BEARER_IS_SHARED = os.environ.get("BEARER_IS_SHARED") == "true"
ROOT_URLCONF = "shop.urls"

DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = int(os.environ.get("CONN_MAX_AGE", "0"))
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"] = {**DATABASES["default"].get("OPTIONS", {}), "prepare_threshold": sys.maxsize}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CORS_ALLOWED_ORIGINS = ["https://app.shop.example"]
CORS_ALLOW_HEADERS = ["api-key", "authorization", "content-type", "x-api-key"]
CORS_EXPOSE_HEADERS = ["Oncekeys-Key-Expires", "Retry-After", "WWW-Authenticate"]

REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"api_key": "3/hour"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"masking": {"class": "oncekeys.keys.masking.MaskingFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "masking"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

if os.environ.get("SENT"):
    from .tracking import start

    start()
