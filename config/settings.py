"""Settings of a deployment, read from the environment and from a file `.env` beside manage.py.

`PUBLIC_URL` decides most of it: under https the cookies are secure, plain HTTP is turned away and HSTS
is sent; under http (a machine of your own) none of that is possible. `docs/operators.md` lists them all.
"""

import logging
import os
import sys
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from config import addresses

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env_file = env.str("ENV_FILE", default=str(BASE_DIR / ".env"))
if "ENV_FILE" in os.environ and not os.path.exists(env_file):
    raise ImproperlyConfigured(f"ENV_FILE names a file that isn't there: {env_file}")
try:
    env.read_env(env_file)
except (OSError, ValueError) as error:
    raise ImproperlyConfigured(f"ENV_FILE, or .env beside manage.py, can't be read: {error}") from None

SECRET_KEY = env.str("SECRET_KEY")
if not SECRET_KEY.strip():
    raise ImproperlyConfigured("SECRET_KEY must not be empty.")
# Those of before, the newest first: what they signed or encrypted is still read.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[], subcast=str.strip)
if not all(SECRET_KEY_FALLBACKS):
    # Anyone could sign with an empty one.
    raise ImproperlyConfigured("SECRET_KEY_FALLBACKS must hold a key on both sides of each comma.")
DEBUG = env.bool("DEBUG", default=False)

# Where people and API consumers reach this site, without a path. By name: no passkey belongs to an address.
public = addresses.check_public_url(env.str("PUBLIC_URL", default="http://localhost:8000"))
PUBLIC_URL = f"{public.scheme}://{public.netloc.lower().removesuffix(':')}"
HTTPS = public.scheme == "https"

# A machine of your own answers to all of its names.
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
hostname = str(public.hostname)
host = f"[{hostname}]" if ":" in hostname else hostname
ALLOWED_HOSTS = [*(LOOPBACK if host in LOOPBACK else [host]), *env.list("ALLOWED_HOSTS", default=[], subcast=str.strip)]
if any("/" in name for name in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must be host names without a scheme or a path, like keys.example.com")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

NOT_NEGATIVE = validate.Range(min=0)
# How many reverse proxies of your own stand before this site. None of a client's `X-Forwarded-*` is believed otherwise.
TRUSTED_PROXY_HOPS = env.int("TRUSTED_PROXY_HOPS", default=0, validate=NOT_NEGATIVE)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_HOPS else None

INSTALLED_APPS = [
    "accounts",
    "oncekeys",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "post_office",
    "config.apps.SessionsConfig",
]

MIDDLEWARE = [
    "config.request_ids.RequestIDMiddleware",
    "config.health.HealthMiddleware",
    "config.forwarded.ForwardedMiddleware",
    "oncekeys.doors.middleware.key_expires_middleware",
    "django.middleware.security.SecurityMiddleware",
    # Keys and forward-auth get no further. What follows is for pages alone.
    "config.api.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.preferences.PreferencesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.last_account.LastAccountMiddleware",
    "config.last_seen.LastSeenMiddleware",
    "config.refused_pages.RefusedPagesMiddleware",
    "config.availability.AvailabilityMiddleware",
]

if DEBUG:
    MIDDLEWARE.insert(0, "config.debug_pages.MaskingMiddleware")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# The sign-in library's forms are drawn as ours.
FORM_RENDERER = "oncekeys.forms.rendering.FormRenderer"

EMBEDDED_DATABASE = BASE_DIR / "var" / "oncekeys.sqlite3"
addresses.check_database(env.str("DATABASE_URL", default=f"sqlite:///{EMBEDDED_DATABASE}"))
DATABASES = {"default": env.dj_db_url("DATABASE_URL", default=f"sqlite:///{EMBEDDED_DATABASE}")}
database = DATABASES["default"]
if database["NAME"] == str(EMBEDDED_DATABASE):
    # A checkout has no such folder, and SQLite makes none.
    with suppress(OSError):  # if it can't be made, opening the database says so
        EMBEDDED_DATABASE.parent.mkdir(exist_ok=True)
# To open one for each request costs more than all the rest of it, on SQLite too.
database["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_SECONDS", default=600, validate=NOT_NEGATIVE)
if database["ENGINE"] == "django.db.backends.sqlite3":
    database["OPTIONS"] = {
        # A transaction takes the write lock when it begins, so that two of them wait instead of failing.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    database["ENGINE"] = "config.postgresql"
    database["CONN_HEALTH_CHECKS"] = True
    # A cursor of the server outlives its transaction, which PgBouncer in transaction mode does not allow. Django opens
    # one for each choice of a form that has rows of a table.
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
    # A server that has vanished from the network is noticed in seconds, and answered with 503.
    unreachable = {"connect_timeout": 2, "tcp_user_timeout": 5_000, "keepalives_idle": 5, "keepalives_interval": 2}
    database["OPTIONS"] = {**unreachable, **database.get("OPTIONS", {})}
    if env.bool("DATABASE_PREPARED_STATEMENTS", default=True):
        # Only a statement that asks for it is prepared; Django's own, with the values written into them, never profit.
        database["OPTIONS"]["prepare_threshold"] = sys.maxsize

# How many seconds a statement of a request may take on PostgreSQL. Half of that for a lock.
DATABASE_TIMEOUT_SECONDS = env.float("DATABASE_TIMEOUT_SECONDS", default=2, validate=validate.Range(min=0.1))

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits are counted there: by default in the database, so that all processes count together.
cache_address = env.str("CACHE_URL", default="database:")
addresses.check_cache(cache_address)
in_database = {"BACKEND": "config.database_cache.DatabaseCache"}
cache: dict[str, Any] = in_database if cache_address == "database:" else env.dj_cache_url("CACHE_URL")
if cache["BACKEND"].endswith("RedisCache"):
    # What is counted there is worth less than an answer in time.
    cache.setdefault("OPTIONS", {}).update(socket_connect_timeout=1, socket_timeout=1)
CACHES = {"default": cache}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "oncekeys.backends.ApiKeyBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "accounts.services.password_rules.GuessablePasswordValidator"},
]
# A service that tells whether a password is known from a breach, by the first five characters of its SHA-1 alone.
BREACHED_PASSWORDS_URL = env.str("BREACHED_PASSWORDS_URL", default="").rstrip("/")
if BREACHED_PASSWORDS_URL:
    addresses.check_service("BREACHED_PASSWORDS_URL", BREACHED_PASSWORDS_URL)
    AUTH_PASSWORD_VALIDATORS += [{"NAME": "accounts.services.breached_passwords.BreachedPasswordValidator"}]
PASSWORD_HASHERS = [
    "config.passwords.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# "production" or "staging": keys of the other are refused. Unset, both are accepted.
ONCEKEYS_ENVIRONMENT = env.str("ONCEKEYS_ENVIRONMENT", default=None)
# What new keys begin with, and which beginnings of before still work.
ONCEKEYS_BRAND = env.str("ONCEKEYS_BRAND", default="ok")
ONCEKEYS_FORMER_BRANDS = env.list("ONCEKEYS_FORMER_BRANDS", default=[], subcast=str.strip)
# For the seals of keys that several deployments share, each with a SECRET_KEY of its own.
ONCEKEYS_SECRET_KEY = env.str("ONCEKEYS_SECRET_KEY", default="")
ONCEKEYS_SECRET_KEY_FALLBACKS: list[str] = env.list("ONCEKEYS_SECRET_KEY_FALLBACKS", default=[])
# What keys can be limited to, in the order people see; "full" holds every other.
ONCEKEYS_SCOPES = env.list("ONCEKEYS_SCOPES", default=["read-only", "full"], subcast=str.strip)
ONCEKEYS_FAILURES_PER_MINUTE = env.int("ONCEKEYS_FAILURES_PER_MINUTE", default=100, validate=NOT_NEGATIVE)
# The lower bound is a check of the app. Beyond the upper ones, no key could be made or checked.
ONCEKEYS_ARGON2_MEMORY_KIB = env.int(
    "ONCEKEYS_ARGON2_MEMORY_KIB", default=19_456, validate=validate.Range(max=1_048_576)
)
ONCEKEYS_ARGON2_PASSES = env.int("ONCEKEYS_ARGON2_PASSES", default=2, validate=validate.Range(max=100))

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ONCEKEYS_HOST = "accounts.host.Host"

ACCOUNT_ADAPTER = "accounts.sign_in.SignInAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.SignInForm",
    "reauthenticate": "accounts.forms.sign_in.ConfirmByPasswordForm",
    "reset_password": "accounts.forms.passwords.ForgottenForm",
    "reset_password_from_key": "accounts.forms.passwords.SetPasswordForm",
    "change_password": "accounts.forms.passwords.ChangeOwnPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Sign-up is closed and every address is proven by a link of ours, so nothing may depend on the library's own list of
# proven addresses: its token generator would write an unproven one there. Django's ties a link to the email as well.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# A stranger's requests must not lock anyone out, so nothing counts by email alone: see decision 11.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reset_password": "10/m/ip",
    "reset_password_mail": "5/h/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "change_email": "5/h/user",
    "invite": "30/h/user,5/h/key",
}

MFA_ADAPTER = "accounts.two_step.TwoStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# The code of the step before and after is right too (RFC 6238, 5.2 and 6): people type slowly, and phones go wrong.
MFA_TOTP_TOLERANCE = 1
# A touch alone is one step: a stolen key must not be enough, neither to sign in nor to confirm.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "activate_totp": "accounts.forms.two_step.ActivateAppForm",
    "add_webauthn": "accounts.forms.two_step.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.two_step.RenamePasskeyForm",
    "authenticate": "accounts.forms.two_step.SecondStepForm",
    "authenticate_webauthn": "accounts.forms.two_step.PasskeyStepForm",
    "login_webauthn": "accounts.forms.two_step.PasskeySignInForm",
    "reauthenticate": "accounts.forms.two_step.ConfirmByCodeForm",
    "reauthenticate_webauthn": "accounts.forms.two_step.ConfirmByPasskeyForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
# `accounts.host` asks, and counts a sign-in just made; the library's own question takes the password alone.
MFA_REAUTHENTICATION_REQUIRED = False
# A passkey needs https, save on a machine of your own.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS and host in LOOPBACK

# EMAIL_HOST and what else the address says. An email waits in the outbox first: see decision 13.
addresses.check_mail(env.str("EMAIL_URL", default="console:"))
mail = env.dj_email_url("EMAIL_URL", default="console:")
mail["EMAIL_TIMEOUT"] = mail["EMAIL_TIMEOUT"] or 10  # seconds; a mail server that is silent is given up on
if mail["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    mail["EMAIL_BACKEND"] = "config.console_mail.EmailBackend"
POST_OFFICE = {"BACKENDS": {"default": mail["EMAIL_BACKEND"]}, "SENDING_ORDER": ["-priority", "created", "pk"]}
if mail["EMAIL_BACKEND"] != "django.core.mail.backends.dummy.EmailBackend":
    mail["EMAIL_BACKEND"] = "accounts.outbox.EmailBackend"
globals().update(mail)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"oncekeys <no-reply@{host}>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must be an email, like oncekeys <no-reply@example.com>")

# Nothing here uploads more. It is in memory before anyone is asked who they are.
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144

LANGUAGE_CODE = "en"
# Each in its own name, which the profile offers.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ja", "日本語"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
# Where a language does not say; only for numbers that are grouped at all.
NUMBER_GROUPING = 3

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "staticfiles")
if STATIC_ROOT.resolve() in {BASE_DIR, *BASE_DIR.parents}:
    # All of it is served, and .env with its secret key may be in there.
    raise ImproperlyConfigured("STATIC_ROOT must name a folder for static files alone, like /srv/oncekeys/static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.HashedStaticFiles"},
}

SESSION_ENGINE = "config.sessions"
# Without use; and from the sign-in on.
SESSION_COOKIE_AGE = round(env.float("SESSION_IDLE_HOURS", default=24, validate=validate.Range(min=0.1)) * 3600)
SESSION_LONGEST_SECONDS = round(env.float("SESSION_HOURS", default=14 * 24, validate=validate.Range(min=0.1)) * 3600)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
LAST_ACCOUNT_COOKIE_NAME = "__Host-account" if HTTPS else "account"
SECURE_SSL_REDIRECT = HTTPS
# A key sent in clear must fail loudly: a redirect would let it happen again tomorrow. Probes speak plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^api/.", r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000, validate=NOT_NEGATIVE) * HTTPS
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=True)
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Where vulnerabilities are reported: what /.well-known/security.txt says.
SECURITY_CONTACTS: list[str] = env.list("SECURITY_CONTACTS", default=[], subcast=str.strip)
if not all(
    contact.startswith(("mailto:", "https://", "tel:")) and contact.isprintable() for contact in SECURITY_CONTACTS
):
    raise ImproperlyConfigured("SECURITY_CONTACTS must be addresses like mailto:security@example.com or https://…")

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOG_FORMAT = env.str("LOG_FORMAT", default="text")
if LOG_FORMAT not in {"text", "json"}:
    raise ImproperlyConfigured("LOG_FORMAT must be text or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "class": "config.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "config.logs.JSONFormatter"},
    },
    "handlers": {"console": {"class": "config.logs.ConsoleHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # It would add a handler of its own that masks nothing.
        "post_office": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # What happened to accounts and people is logged at every level.
        "oncekeys.security": {"level": "INFO"},
    },
}

for name in env.dump():
    if any("\udc80" <= character <= "\udcff" for character in os.environ.get(name, "")):
        raise ImproperlyConfigured(f"{name} must be UTF-8.")
