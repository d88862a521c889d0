"""Installs a package of the distribution, where the tests may: as root on Debian or one of its descendants."""

import os
import subprocess
from pathlib import Path

_SECONDS_TO_INSTALL = 600


def root_on_debian() -> bool:
    return os.geteuid() == 0 and Path("/etc/debian_version").exists()


def apt_install(package: str) -> bool:
    apt_get = ("apt-get", "--quiet", "--quiet", "-o", "DPkg::Lock::Timeout=300")
    return succeeds(*apt_get, "update") and succeeds(*apt_get, "install", "--yes", "--no-install-recommends", package)


def succeeds(*command: str, seconds: int = _SECONDS_TO_INSTALL) -> bool:
    """Runs without a terminal, so that nothing can ask a question; only complaints are shown."""
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # A package that brings a service shall not start it: the tests run their own.
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_OFFLINE": "1"},
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
