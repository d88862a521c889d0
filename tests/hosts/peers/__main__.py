"""Times the way from the project as it was to the first 200 with a key, for oncekeys and for three others.

`.venv/bin/python -m tests.hosts.peers` prints the figures of docs/django.md, after a quarter of an hour. Each round
begins with a new environment that has only what the project requires, and a new database behind PgBouncer. Timed is
what the machine does: pip, the commands, the start of the server, a key and a call. The first of four rounds fills
pip's cache and isn't counted; in it, the project's own tests have to pass too.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import httpx

from dev.pgbouncer import pgbouncer
from dev.postgresql import PostgresServer
from tests.hosts.environments import Environment, build_wheel, newest, oldest
from tests.hosts.installation import PROJECTS, Foreign, Installation, new_database
from tests.pages import PASSWORD, WHOLE_KEY, words

HERE = Path(__file__).resolve().parent
PROJECT = PROJECTS["organisations"]
ROUNDS = 3


@dataclass(frozen=True)
class Peer(Foreign):
    """The project with someone else's keys: a patch, and what is typed to make one."""

    commands: Sequence[str] = ("migrate",)
    header: str = "Authorization: Api-Key {key}"
    key: str = ""  # Python that prints one

    @property
    def folder(self) -> Path:
        return PROJECT.folder

    @property
    def patch(self) -> Path:
        return HERE / f"{self.name}.patch" if self.key else PROJECT.patch

    @property
    def required(self) -> str:
        """Return what it adds to the project's requirements."""
        (line,) = re.findall(r"^\+([a-z][\w\[\],-]*)$", self.patch.read_text(), re.MULTILINE)
        return line

    @property
    def steps(self) -> int:
        """pip, the editor, the commands, and the key."""
        return 3 + len(self.commands)


def peer(name: str, **options) -> Peer:
    return Peer(name, PROJECT.serve, PROJECT.api, PROJECT.login, PROJECT.tests, **options)


PEERS = (
    peer("oncekeys", commands=("migrate", "collectstatic --no-input"), header="API-Key: {key}"),
    peer(
        "api_key",
        commands=("makemigrations", "migrate"),
        key="from accounts.models import Organisation, OrganisationAPIKey; acme = Organisation.objects.get()\n"
        "print(OrganisationAPIKey.objects.create_key(name='CRM', organisation=acme)[1])",
    ),
    peer(
        "knox",
        header="Authorization: Token {key}",
        key="from accounts.models import User; from knox.models import AuthToken\n"
        "print(AuthToken.objects.create(User.objects.get())[1])",
    ),
    peer(
        "tenant_apikeys",
        commands=("makemigrations", "migrate"),
        key="from accounts.models import Organisation, OrganisationAPIKey; acme = Organisation.objects.get()\n"
        "print(OrganisationAPIKey.generate_key(name='CRM', tenant=acme)[1])",
    ),
)


@dataclass
class Journey:
    """One way to the first 200, taken once."""

    peer: Peer
    project: Installation
    wheel: Path

    def seconds(self) -> tuple[float, float]:
        """Those of pip, and those of all that comes after it."""
        begun = time.perf_counter()
        self.project.environment.add(self._package())
        installed = time.perf_counter()
        self.project.apply_patch()
        for command in self.peer.commands:
            self.project.manage(*command.split(), "--verbosity=0")
        with self.project.server() as site:
            name, value = self.peer.header.format(key=self._key(site)).split(": ")
            answer = httpx.get(site + self.peer.api, headers={name: value}, timeout=30)
        assert [shipment["number"] for shipment in answer.raise_for_status().json()] == ["A1"]
        return installed - begun, time.perf_counter() - installed

    def _package(self) -> str:
        return self.peer.required if self.peer.key else self.peer.required.replace("oncekeys", str(self.wheel))

    def _key(self, site: str) -> str:
        """Made as their documents say, in a shell; ours on its page, by a person who has signed in."""
        if self.peer.key:
            return self.project.manage("shell", "-v", "0", "-c", self.peer.key).strip()
        with httpx.Client(base_url=site, timeout=30, follow_redirects=True) as person:
            _send(person, "/login/", username=self.peer.login, password=PASSWORD)
            made = _send(
                person,
                "/o/acme/integrations/apis-webhooks/keys/new/",
                name="CRM",
                environment="production",
                scopes="full",
            )
        shown = WHOLE_KEY.search(words(made))
        assert shown, words(made)
        return shown[0]


def _send(person: httpx.Client, path: str, **fields: str) -> httpx.Response:
    person.get(path)
    return person.post(path, data={**fields, "csrfmiddlewaretoken": person.cookies["csrftoken"]})


@contextmanager
def checked_out(peer: Peer, postgres: PostgresServer, pool: str) -> Iterator[Installation]:
    """The project as it was: in use, in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        interpreter = newest() or oldest()
        environment = Environment("peers", interpreter, peer.requirements)
        environment.make()
        database = new_database(postgres.url, "peers")
        behind_pool = urlunsplit(urlsplit(pool)._replace(path=urlsplit(database).path))
        project = Installation(
            peer, Path(folder) / "project", environment, {"DATABASE_URL": behind_pool}, {"DATABASE_URL": database}
        )
        project.copy()
        project.manage("migrate", "--verbosity=0")
        project.manage("loaddata", "--verbosity=0", "demo")
        yield project


def main() -> None:
    taken: dict[str, list[tuple[float, float]]] = {peer.name: [] for peer in PEERS}
    with tempfile.TemporaryDirectory() as folder, PostgresServer() as postgres, pgbouncer(postgres.url) as pool:
        wheel = build_wheel(Path(folder))
        for number in range(ROUNDS + 1):
            for peer in PEERS:
                with checked_out(peer, postgres, pool) as project:
                    seconds = Journey(peer, project, wheel).seconds()
                    sys.stderr.write(f"{peer.name}: {sum(seconds):.1f} s\n")
                    if number:
                        taken[peer.name].append(seconds)
                    else:
                        project.run_own_tests()
    sys.stdout.write("| | lines in files | steps | seconds | of which pip |\n|---|---|---|---|---|\n")
    for peer in PEERS:
        lines, files = peer.lines().total(), len(peer.changed_files())
        total, pip = median(map(sum, taken[peer.name])), median(pip for pip, _ in taken[peer.name])
        sys.stdout.write(f"| {peer.required} | {lines} in {files} | {peer.steps} | {total:.1f} | {pip:.1f} |\n")


main()
