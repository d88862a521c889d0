"""The commands of `make audit`. It needs the network, so no test runs it."""

import subprocess

import pytest

from dev.servers import ROOT


@pytest.fixture(scope="module")
def commands() -> str:
    asked = ["make", "--dry-run", "audit"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("lock", sorted(path.name for path in (ROOT / "requirements").glob("*.txt")))
def test_every_lock_is_audited_and_what_cannot_be_is_a_failure(commands, lock):
    (audit,) = [line for line in commands.splitlines() if f"requirements/{lock}" in line and "pip-audit" in line]

    assert "--strict" in audit


def test_what_the_site_consists_of_is_written_first(commands):
    assert "build/sbom.cdx.json" in commands
    assert commands.index("bin/cyclonedx-py requirements") < commands.index("pip-audit --strict")
