"""The wheel, and an environment for each foreign project, made once with its own requirements and kept."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".venv-hosts"
# What the wheel is built from: a build in the checkout itself would leave files behind, and take up old ones.
SOURCES = ("oncekeys", "pyproject.toml", "README.md", "LICENSE")


@dataclass(frozen=True)
class Interpreter:
    """A Python, and the Django that is tried on it."""

    path: str
    release: tuple[int, int]
    django: str

    @property
    def name(self) -> str:
        return "python" + ".".join(map(str, self.release))


def oldest() -> Interpreter:
    """The oldest Python here that we support, with the oldest Django that we support."""
    release, path = min(_interpreters().items())
    return Interpreter(path, release, "Django~=5.2.0")


def newest() -> Interpreter | None:
    """The newest Python and Django. None where there is no Python that a newer Django runs on."""
    release, path = max(_interpreters().items())
    return Interpreter(path, release, "Django") if release >= (3, 12) else None


class Environment:
    """A virtual environment that keeps what the project and the wheel require, and takes the wheel in and out."""

    def __init__(self, name: str, interpreter: Interpreter, requirements: Sequence[str]) -> None:
        self.folder = KEPT / name
        self._interpreter = interpreter
        self._requirements = [*requirements, interpreter.django]

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages_before(self) -> dict[str, str]:
        """Return the packages, by name, that were installed before the wheel and its requirements."""
        return self._listed("before")

    @property
    def packages_after(self) -> dict[str, str]:
        return self._listed("after")

    def make(self) -> None:
        """Make the environment with the project's requirements and nothing else."""
        _run(self._interpreter.path, "-m", "venv", "--clear", self.folder)
        self.add(*self._requirements)

    def add(self, *requirements: str) -> None:
        self._pip("install", *requirements)

    def prepare(self, wheel: Path, extras: str) -> None:
        """Make it, unless it is there. Then no wheel of ours is in it."""
        stamp, made_from = self.folder / "made-from", self._hash(wheel, extras)
        if not (stamp.exists() and stamp.read_text() == made_from):
            self.make()
            self._list("before")
            self.add(f"{wheel}{extras}")
            self._list("after")
            stamp.write_text(made_from)
        self._pip("uninstall", "--yes", "oncekeys")

    def install(self, wheel: Path) -> None:
        """Install the wheel without network: its requirements came with the environment."""
        self._pip("install", "--no-deps", "--no-index", wheel)

    def _hash(self, wheel: Path, extras: str) -> str:
        made_from = [str(self._interpreter), *self._requirements, extras, *required(wheel)]
        return hashlib.sha256("\n".join(made_from).encode()).hexdigest()

    def _pip(self, *arguments: str | Path) -> str:
        return _run(self.python, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments)

    def _list(self, moment: str) -> None:
        (self.folder / moment).write_text(self._pip("freeze", "--all"))

    def _listed(self, moment: str) -> dict[str, str]:
        lines = (self.folder / moment).read_text().splitlines()
        return {re.split("==| @ ", line)[0]: line for line in lines}


def build_wheel(folder: Path) -> Path:
    """The wheel of the product as it is in this checkout."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    _run(_builder(), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, source)
    return next(folder.glob("*.whl"))


def required(wheel: Path) -> Iterator[str]:
    """The lines in which a wheel says what it requires."""
    with zipfile.ZipFile(wheel) as files:
        metadata = next(name for name in files.namelist() if name.endswith(".dist-info/METADATA"))
        for line in files.read(metadata).decode().splitlines():
            if line.startswith(("Requires-Dist:", "Requires-Python:", "Provides-Extra:")):
                yield line


def _builder() -> Path:
    """An environment with what `pyproject.toml` builds the wheel with, so that a build needs no network."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    folder = KEPT / "build"
    stamp, python = folder / "made-from", folder / "bin" / "python"
    with _one_at_a_time():
        if not (stamp.exists() and stamp.read_text() == repr(needed)):
            _run(sys.executable, "-m", "venv", "--clear", folder)
            _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *needed, "wheel")
            stamp.write_text(repr(needed))
    return python


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Workers of pytest-xdist share what is kept."""
    KEPT.mkdir(exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def _interpreters() -> dict[tuple[int, int], str]:
    """The Pythons on the path, of pyenv, and the one that runs this, by their release."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    on_path = [shutil.which(f"python3{minor}") for minor in ("", *(f".{number}" for number in range(11, 20)))]
    found = {}
    for path in [*map(str, pyenv.glob("versions/*/bin/python3")), *filter(None, on_path), sys.executable]:
        if release := _release(path):
            found[release] = path
    return found


def _release(path: str) -> tuple[int, int] | None:
    """None if it is too old, cannot make environments, or is only a shim of pyenv that leads nowhere."""
    ask = "import ensurepip, sys, venv; print(*sys.version_info[:2])"
    done = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    major, minor = map(int, done.stdout.split())
    return (major, minor) if (major, minor) >= (3, 11) else None


def _run(*command: str | Path) -> str:
    """Return what it prints. If it fails, raise with everything that it said."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout
