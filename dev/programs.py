"""Finds a program of the system for the tests or the benchmarks, and installs its package where there is none."""

import os
import shutil
import sys

from dev.debian import apt_install, root_on_debian

# Where distributions put servers; usually only root has it on the path.
_SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin")


class ProgramUnavailable(Exception):
    """It is not there and could not be installed. The message is a sentence that says what to do."""


def find_program(name: str) -> str:
    """The path of a program whose package has the same name."""
    if found := _installed(name):
        return found
    if root_on_debian():
        sys.stderr.write(f"Installing {name} ...\n")
        apt_install(name)
    if found := _installed(name):
        return found
    raise ProgramUnavailable(f"This needs {name}: install your system's package {name}.")


def _installed(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM_DIRECTORIES)))
