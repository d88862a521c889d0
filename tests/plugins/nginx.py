"""Finds an nginx for the tests of forward-auth, and installs one where there is none."""

import os
import shutil
import sys

from tests.plugins.debian import apt_install, root_on_debian

# Where distributions put it: not on the path of everybody who is not root.
_SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin")


class NginxUnavailable(Exception):
    """There is no nginx and none could be installed. The message is a sentence that says what to do."""


def find_nginx() -> str:
    """The path of an nginx."""
    if found := _installed():
        return found
    if root_on_debian():
        sys.stderr.write("Installing nginx for the tests of forward-auth ...\n")
        apt_install("nginx")
    if found := _installed():
        return found
    raise NginxUnavailable("The tests of forward-auth need nginx: install your system's package nginx.")


def _installed() -> str | None:
    return shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SYSTEM_DIRECTORIES)))
