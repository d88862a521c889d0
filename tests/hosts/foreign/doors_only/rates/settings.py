"""Settings of Rates, an API of exchange rates without a page, a session or a person."""

from pathlib import Path

from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()

SECRET_KEY = env("SECRET_KEY", "rates-secret-0123456789-abcdefghijklmnopqrstuvwxyz")
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = ["rates"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]

ROOT_URLCONF = "rates.urls"
WSGI_APPLICATION = "rates.wsgi.application"

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{BASE_DIR / 'rates.sqlite3'}"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
USE_I18N = False
