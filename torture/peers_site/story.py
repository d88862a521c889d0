"""`python -m torture.peers_site.story`: fills an empty database, and prints credentials for it, by product."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torture.peers_site.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from knox.models import AuthToken  # noqa: E402
from rest_framework_api_key.models import APIKey  # noqa: E402

TO_DELETE = 100


def main() -> None:
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("ada", password="correct horse battery staple")
    for number in range(100):
        User.objects.create_user(f"ada-{number}", password="correct horse battery staple")
    api_keys = [APIKey.objects.create_key(name=f"Key {number}")[1] for number in range(1 + TO_DELETE)]
    tokens = [AuthToken.objects.create(user=user)[1] for _ in range(1 + TO_DELETE)]
    credentials = {
        "djangorestframework-api-key": [f"Api-Key {key}" for key in api_keys],
        "django-rest-knox": [f"Token {token}" for token in tokens],
    }
    json.dump(credentials, sys.stdout)


if __name__ == "__main__":
    main()
