"""A project whose people have a UUID, no email and no name, and whose pages are in a namespace of its own."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("unusual people")

PEOPLE = """
import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Person(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    login = models.CharField(max_length=30, unique=True)
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "login"
    objects = BaseUserManager()
"""
URLS = """
from django.http import JsonResponse
from django.urls import include, path

from oncekeys.doors.decorators import api_key_required


@api_key_required
def orders(request):
    return JsonResponse({"user": str(request.user)})


shop = [path("o/<str:region>/<slug:team>/keys/", include("oncekeys.urls"))]
urlpatterns = [path("shop/", include((shop, "shop"))), path("orders", orders)]
"""
HOST = """
from oncekeys import host
from oncekeys.models import Account


class Host(host.Host):
    def account(self, request, region, team):
        return Account.objects.of_owner(request.user, name=team)

    def mount(self, account):
        return {"region": "eu", "team": account.name}

    def managers(self, account):
        return [account.owner] if account.owner else []
"""
JOURNEY = """
import json
import re

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}},
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
        "django.contrib.staticfiles", "django_htmx", "people", "oncekeys",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware", "django_htmx.middleware.HtmxMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request", "django.contrib.messages.context_processors.messages",
        ]}}],
    AUTH_USER_MODEL="people.Person", ONCEKEYS_HOST="host.Host", ONCEKEYS_BACKGROUND="now", ROOT_URLCONF="urls",
    PUBLIC_URL="http://localhost:8000", LOGIN_URL="/in/",
    SECRET_KEY="x" * 50, STATIC_URL="static/", ALLOWED_HOSTS=["*"],
)
django.setup()

from django.core.management import call_command
from django.test import Client

call_command("check", "--fail-level", "WARNING")
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("makemigrations", "oncekeys", "--check", "--dry-run", verbosity=0)

from people.models import Person

PAGES = "/shop/o/eu/blue/keys/"
WHOLE = re.compile(r"ok_live_\\w{12}_\\w{49}")
seen = {}


def signed_in(login):
    person, browser = Person.objects.create(login=login), Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person, browser


def create(browser, name):
    made = browser.post(PAGES + "apis-webhooks/keys/new/", {"name": name, "environment": "production", "expires": ""})
    return WHOLE.search(re.sub("<[^>]+>", "", made.text))[0]


def calls(key):
    return Client().get("/orders", headers={"API-Key": key}).status_code


ada, browser = signed_in("ada")
key = create(browser, "CRM")
seen["calls"] = calls(key)
seen["pages"] = [browser.get(PAGES + page).status_code for page in ("", "apis-webhooks/", "activity/")]
seen["by ada"] = [
    "CRM" in browser.get(PAGES + "apis-webhooks/", {"by": by}).text for by in (str(ada.pk), "0" * 8 + str(ada.pk)[8:])
]
seen["activity of ada"] = browser.get(PAGES + "activity/", {"person": str(ada.pk)}).status_code
exported = b"".join(browser.post(PAGES + "activity/export.csv").streaming_content).decode()
seen["exported"] = [line.split(",")[2] for line in exported.splitlines()[1:]]
seen["signed out dialog"] = Client().get(PAGES + "apis-webhooks/keys/new/", headers={"HX-Request": "true"}).headers.get(
    "HX-Redirect"
)
ada.is_active = False
ada.save()
seen["switched off"] = calls(key)
bob, browser = signed_in("bob")
key = create(browser, "Exports")
bob_pk = bob.pk
bob.delete()
seen["deleted"] = calls(key)
from oncekeys.models import AuditEvent
from oncekeys.templatetags.oncekeys_events import who
seen["who"] = sorted({who(event) for event in AuditEvent.objects.newest_first() if event.actor_id == bob_pk})
seen["former"] = [f"Former user {bob_pk}"]
print(json.dumps(seen))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return the events."""
    folder = tmp_path_factory.mktemp("unusual")
    (folder / "people").mkdir()
    (folder / "people" / "__init__.py").touch()
    files = {"people/models.py": PEOPLE, "urls.py": URLS, "host.py": HOST, "journey.py": JOURNEY}
    for name, text in files.items():
        (folder / name).write_text(text)
    path = [str(folder), *(entry for entry in sys.path if entry)]
    done = subprocess.run(
        [sys.executable, "journey.py"],
        cwd=folder,
        env={"PYTHONPATH": ":".join(path), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_pages_and_calls_work_wherever_they_are_mounted(seen):
    assert (seen["calls"], seen["pages"]) == (200, [200, 200, 200])


def test_list_is_narrowed_by_whoever_made_a_key(seen):
    assert seen["by ada"] == [True, False]


def test_activity_is_narrowed_and_exported(seen):
    assert seen["activity of ada"] == 200
    assert seen["exported"] == ["ada"]


def test_dialog_leads_someone_signed_out_to_the_sign_in_page(seen):
    assert seen["signed out dialog"].startswith("/in/?next=")


def test_keys_of_someone_switched_off_are_refused(seen):
    assert seen["switched off"] == 401


def test_deleted_person_leaves_events_and_no_key_that_works(seen):
    assert seen["deleted"] == 401
    assert seen["who"] == seen["former"]
