"""A foreign project as its developer works on it, before and after installing oncekeys."""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import psycopg

from dev.ports import free_port, listens
from tests.hosts.environments import Environment, Interpreter

FOREIGN = Path(__file__).resolve().parent / "foreign"
# What a developer's shell has: nothing of what configures our own tests.
SHELL = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}


@dataclass(frozen=True)
class Foreign:
    """A project in the folder `foreign`. Beside it, a patch has all that installing oncekeys changes in it."""

    name: str
    serve: str  # what its environment's Python runs
    api: str  # what its consumers call with a key
    login: str = "ada"
    tests: str = "manage.py test"

    @property
    def folder(self) -> Path:
        return FOREIGN / self.name

    @property
    def patch(self) -> Path:
        return FOREIGN / f"{self.name}.patch"

    @property
    def requirements(self) -> list[str]:
        return (self.folder / "requirements.txt").read_text().split()

    @property
    def extras(self) -> str:
        """Those that it installs, as in `[drf,postgresql]`."""
        found = re.search(r"^\+oncekeys(.*)$", self.patch.read_text(), re.MULTILINE)
        assert found, f"{self.patch.name} requires no oncekeys."
        return found[1]

    @property
    def collects_static_files(self) -> bool:
        return any("STATIC_ROOT" in file.read_text() for file in self.folder.glob("*/settings.py"))

    def changed_files(self) -> list[str]:
        return [file for file, _ in self._added()]

    def lines(self) -> Counter[str]:
        """Count the added lines by purpose, without empty ones."""
        counted: Counter[str] = Counter()
        for file, added in self._added():
            counted.update(_purpose(file, line) for line in added if line.strip())
        return counted

    def _added(self) -> Iterator[tuple[str, list[str]]]:
        for part in re.split(r"^--- .*\n(?=\+\+\+ )", self.patch.read_text(), flags=re.MULTILINE)[1:]:
            head, *lines = part.splitlines()
            yield head.removeprefix("+++ b/"), [line[1:] for line in lines if line.startswith("+")]


PROJECTS = {
    foreign.name: foreign
    for foreign in (
        Foreign("plain", "manage.py runserver --noreload {port}", "/api/v1/entries/"),
        Foreign(
            "organisations",
            "-m gunicorn --bind 127.0.0.1:{port} --threads 4 freight.wsgi",
            "/api/shipments/",
            login="ada@acme.example",
            tests="-m pytest --quiet",
        ),
        Foreign("ninja", "-m uvicorn --port {port} greenhouse.asgi:application", "/api/sensors"),
        Foreign(
            "allauth",
            "-m granian --interface wsgi --workers-kill-timeout 10 --port {port} studio.wsgi:application",
            "/api/v1/bookings",
            login="ada@example.com",
        ),
        Foreign("doors_only", "-m gunicorn --bind 127.0.0.1:{port} --threads 4 rates.wsgi", "/rates/GBP"),
    )
}


@dataclass
class Installation:
    """A copy of the project, with an environment of its own. Settings are environment variables."""

    foreign: Foreign
    folder: Path
    environment: Environment
    settings: dict[str, str] = field(default_factory=dict)
    settings_of_tests: dict[str, str] = field(default_factory=dict)  # where they differ

    @classmethod
    def checked_out(cls, foreign: Foreign, folder: Path, interpreter: Interpreter) -> "Installation":
        environment = Environment(f"{foreign.name}-{interpreter.name}", interpreter, foreign.requirements)
        project = cls(foreign, folder, environment)
        project.copy()
        return project

    def copy(self) -> None:
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
        shutil.copytree(self.foreign.folder, self.folder, ignore=ignored)

    def apply_patch(self) -> None:
        """As `git apply` does, and outside of any repository."""
        self._run(["git", "apply", str(self.foreign.patch)], {"GIT_CEILING_DIRECTORIES": str(self.folder.parent)})

    def manage(self, *arguments: str) -> str:
        return self._run([str(self.environment.python), "manage.py", *arguments])

    def run_own_tests(self) -> str:
        return self._run([str(self.environment.python), *self.foreign.tests.split()], self.settings_of_tests)

    @contextmanager
    def server(self) -> Iterator[str]:
        """Runs the project as it is deployed, and gives its address."""
        port = free_port()
        command = [str(self.environment.python), *self.foreign.serve.format(port=port).split()]
        log = self.folder.with_suffix(f".{port}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self._shell(), stdout=output, stderr=subprocess.STDOUT
            )
        try:
            assert listens(port, process), log.read_text()
            yield f"http://127.0.0.1:{port}"
        except BaseException as error:
            error.add_note(f"The server's log:\n{log.read_text()[-4000:]}")
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)

    def _shell(self, settings: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
        path = f"{self.environment.python.parent}{os.pathsep}{SHELL.get('PATH', os.defpath)}"
        return {**SHELL, "PATH": path, **self.settings, **settings}

    def _run(self, command: list[str], settings: Mapping[str, str] = MappingProxyType({})) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._shell(settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}"
        return done.stdout


def new_database(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # left by one before
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _purpose(file: str, line: str) -> str:
    if file.endswith(("settings.py", "urls.py")):
        return "settings and URLs"
    if file.endswith("/keys.py"):
        return "imports of the host" if line.startswith(("from ", "import ")) else "host"
    if file.endswith("requirements.txt"):
        return "requirements"
    return "templates" if file.endswith(".html") else "doors"
