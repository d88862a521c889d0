"""Finds a Chromium for the browser tests and the screenshots, and installs one where there is none."""

import ctypes
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from dev.debian import apt_install, root_on_debian, succeeds

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A host that is not this machine to the browser, so that plain HTTP has no clipboard there.
    "--host-resolver-rules=MAP keys.test 127.0.0.1",
]

# The shell first: it has no window to draw, and opens a page for a third of the work. Other than that it is the same.
# `chromium-browser` is missing on purpose: on Ubuntu it is a stub that asks for a snap.
_SYSTEM_NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")
_SECONDS_TO_ANSWER = 30


class ChromiumUnavailable(Exception):
    """Raised when there is no browser and none could be installed. The message says what to do."""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A browser without a window. One at a time: playwright can't be started twice in a thread."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def find_chromium() -> str:
    """The path of a Chromium or Chrome that runs. Call it before you start playwright: it does so itself."""
    _need_libatomic()
    if found := _installed():
        return found
    sys.stderr.write("Installing Chromium for the browser tests ...\n")
    _install()
    if found := _installed():
        return found
    raise ChromiumUnavailable(
        "The browser tests need a Chromium: run `.venv/bin/playwright install --with-deps chromium`, "
        "or install your system's package chromium."
    )


def _installed() -> str | None:
    """Playwright's own browser comes first, for the two are made for each other."""
    candidates = [_playwrights_own(), *map(shutil.which, _SYSTEM_NAMES)]
    return next((path for path in candidates if path and _runs(path)), None)


def _playwrights_own() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(path: str) -> bool:
    """Return whether it starts: a downloaded browser may lack the system's libraries."""
    return Path(path).exists() and succeeds(path, "--version", seconds=_SECONDS_TO_ANSWER)


def _install() -> None:
    """Playwright's download works on most machines, the distribution's package on some of the others."""
    download = (sys.executable, "-m", "playwright", "install", "chromium")
    if succeeds(*download, *(["--with-deps"] if root_on_debian() else [])) and _runs(_playwrights_own()):
        return
    if root_on_debian():
        apt_install("chromium-headless-shell")


def _need_libatomic() -> None:
    """The node inside playwright is linked to it, and without it says only that its connection closed."""
    if _libatomic_is_there():
        return
    if root_on_debian():
        apt_install("libatomic1")
    if not _libatomic_is_there():
        raise ChromiumUnavailable("The browser tests need your system's package libatomic1: install it.")


def _libatomic_is_there() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True
