"""The wheel that people install: the app `oncekeys` alone, with everything it needs, built from this checkout."""

import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from shutil import copytree, ignore_patterns
from zipfile import ZipFile

import pytest

import oncekeys

ROOT = Path(__file__).resolve().parents[2]
NOT_OF_THE_PROJECT = ignore_patterns(".*", "__pycache__", "var", "staticfiles", "build", "dist", "*.egg-info")
# A .po is for translators; what runs is compiled from it.
NOT_IN_THE_WHEEL = {".po", ".pyc"}
HOST = """
from oncekeys.host import Host
from oncekeys.models import Account
from oncekeys.testing import new_key

reveal_type(Account.objects.of_owner)
reveal_type(Host().may_manage)
reveal_type(new_key(scopes=["read-only"]).token.reveal())
new_key(scopes=1)
"""

# The build fetches setuptools.
pytestmark = [pytest.mark.full, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """Built beside the checkout: setuptools would leave files in it, and take up what an earlier build left."""
    folder = tmp_path_factory.mktemp("wheel")
    copytree(ROOT, folder / "source", ignore=NOT_OF_THE_PROJECT)
    run("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(folder / "source"))
    (built,) = folder.glob("*.whl")
    with ZipFile(built) as files:
        yield files


@pytest.fixture
def metadata(wheel: ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def test_wheel_holds_the_app_alone(wheel):
    assert {name.split("/")[0] for name in wheel.namelist()} == {
        "oncekeys",
        f"oncekeys-{oncekeys.__version__}.dist-info",
    }


def test_wheel_holds_every_file_of_the_app(wheel):
    files = [file for file in (ROOT / "oncekeys").rglob("*") if file.is_file() and file.suffix not in NOT_IN_THE_WHEEL]

    installed = {name for name in wheel.namelist() if name.startswith("oncekeys/")}

    assert installed == {str(file.relative_to(ROOT)) for file in files}
    assert {"oncekeys/py.typed", "oncekeys/locale/de/LC_MESSAGES/django.mo"} <= installed


def test_wheel_says_its_version_and_licence(wheel, metadata):
    (licence,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))

    assert metadata["Version"] == oncekeys.__version__
    assert metadata["License-Expression"] == "MIT"
    assert "The oncekeys authors" in wheel.read(licence).decode()


def test_wheel_moves_nobodys_django_and_needs_no_database_driver(metadata):
    required = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]

    assert required == ["Django>=5.2", "argon2-cffi", "django-htmx"]
    assert set(metadata.get_all("Provides-Extra", [])) == {"postgresql", "drf", "ninja", "sentry"}


def test_mypy_sees_real_types_in_a_project_that_installed_it(wheel, tmp_path):
    python = environment_with(wheel, tmp_path / "environment")
    (tmp_path / "host.py").write_text(HOST)

    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", python, "--cache-dir", tmp_path / "cache", "host.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    revealed = re.findall(r'Revealed type is "(.+)"', found)
    assert len(revealed) == 3, found
    assert revealed[0].endswith("-> oncekeys.models.account.Account")
    assert revealed[1].endswith("account: oncekeys.models.account.Account) -> bool")
    assert revealed[2].endswith("str")
    assert 'Argument "scopes" to "new_key" has incompatible type "int"' in found


def environment_with(wheel: ZipFile, folder: Path) -> Path:
    """The Python of an environment that has the wheel, and beside it what this one has."""
    venv.create(folder, with_pip=False)
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=paths))
    wheel.extractall(packages)
    (packages / "beside.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin" / "python"


def run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
