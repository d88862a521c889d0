"""Each import contract of `pyproject.toml` catches what it forbids."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copy, copytree

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
VIOLATIONS = [
    ("house", "oncekeys/models/account.py", "import accounts.models"),
    ("house", "accounts/host.py", "import config.urls"),
    ("keys", "oncekeys/services/api_keys.py", "import oncekeys.doors.requests"),
    ("keys", "oncekeys/models/account.py", "import oncekeys.host"),
    ("people", "accounts/models/user.py", "import accounts.services.invitations"),
    ("mechanics", "oncekeys/keys/seal.py", "import django.conf"),
    ("sign-in", "oncekeys/host.py", "import allauth.account"),
    ("adapters", "oncekeys/doors/requests.py", "import rest_framework.request"),
    ("adapters", "accounts/host.py", "import ninja"),
]

pytestmark = pytest.mark.full


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the contracts are about."""
    copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("config", "accounts", "oncekeys"):
        copytree(ROOT / package, tmp_path / package)
    return tmp_path


def test_every_contract_is_tried():
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


def test_contracts_are_kept(tree):
    assert _broken(tree) == set()


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_planted_import_breaks_its_contract(tree, contract, module, line):
    with (tree / module).open("a") as source:
        source.write(f"\n{line}\n")

    assert CONTRACTS[contract] in _broken(tree)


def _broken(tree: Path) -> set[str]:
    """The names of contracts that are broken, by what `lint-imports` says."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    broken = set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE))
    assert (done.returncode != 0) == bool(broken), done.stdout + done.stderr
    return broken
