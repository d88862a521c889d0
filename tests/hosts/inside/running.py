"""The project as it runs: all four belong to the team acme, and all but bob manage its keys."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.hosts.project import Project

KEYS = "/settings/integrations/apis-webhooks/"
TEAM_KEYS = "/o/acme/integrations/apis-webhooks/"
PEOPLE = """
from django.contrib.auth.models import Group, User
acme = Group.objects.create(name="acme")
for name in ("bob", "ada", "grace", "eve"):
    acme.user_set.add(User.objects.create_user(name, password=name, is_staff=name != "bob"))
"""


@dataclass(frozen=True)
class Running:
    project: Project
    url: str

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30, verify=False)

    @functools.cache  # noqa: B019 - as long as the server
    def session_of(self, name: str) -> dict[str, str]:
        """The cookies of someone who has signed in; their password is their name."""
        with self.client() as client:
            send(client, "/people/login/", username=name, password=name)
            return {"sessionid": client.cookies["sessionid"]}

    def test(self, key: str) -> httpx.Response:
        with self.client() as client:
            return client.get("/api/v1/test", headers={"API-Key": key})


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """The answer to the form of a page."""
    client.get(path)
    return client.post(path, data={**fields, "csrfmiddlewaretoken": client.cookies["csrftoken"]})


@contextmanager
def running(folder: Path) -> Iterator[Running]:
    project = Project("inside", f"sqlite:///{folder / 'db.sqlite3'}", folder)
    project.manage_all(("migrate", "--verbosity=0"), ("shell", "--no-imports", "--command", PEOPLE))
    with project.server() as client:
        yield Running(project, str(client.base_url).rstrip("/"))
