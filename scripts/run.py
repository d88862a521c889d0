"""Serves oncekeys on this machine with a demo account. `make run` prepares the environment and calls it.

`PORT` chooses the port (8000), `DEMO_PASSWORD` the password. The data stays in `var/` from run to run.
"""

import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.serve import why_not  # noqa: E402
from config.startup import plain_errors  # noqa: E402

VAR = ROOT / "var"
HOST = "127.0.0.1"
# Browsers let a passkey belong to a name, not to an address.
NAME = "localhost"
EMAIL = "ada@acme.example"
PATIENCE_SECONDS = 30
SECONDS_TO_STOP = 8
STOPPING = Event()


def main() -> int:
    port = os.environ.get("PORT", "8000")
    if not port.isdecimal() or not _is_free(int(port)):
        sys.exit(f"Port {port} can't be used here. Choose another one: make run PORT=8001")
    _configure(port)
    password = _demo_password()
    with plain_errors():
        _prepare(password)
    server, sender = _serve(port), _start("manage.py", "send_emails")
    Thread(target=_say_if_it_ends, args=(sender,), daemon=True).start()
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, lambda *_: _stop(server, sender))
    try:
        if not _answers(server, port):
            sys.exit("The server didn't come up; see what it said above.")
        print(f"URL: http://{NAME}:{port}/\nEmail: {EMAIL}\nPassword: {password}", flush=True)
        return server.wait()
    finally:
        _stop(server, sender)
        sender.wait()


def _is_free(port: int) -> bool:
    return why_not(HOST, port) is None and not _another_answers(port)


def _another_answers(port: int) -> bool:
    """By IPv6, which a browser may try first for the name."""
    with suppress(OSError), socket.create_connection(("::1", port), timeout=1):
        return True
    return False


def _configure(port: str) -> None:
    VAR.mkdir(exist_ok=True)
    environment = ROOT / ".env"
    if not environment.exists():
        _write_private(environment, f"SECRET_KEY={secrets.token_urlsafe(50)}\n")
    os.environ |= {
        "PUBLIC_URL": f"http://{NAME}:{port}",
        # Never the database of a deployment, whatever this shell was prepared for: the demo account goes into it.
        "DATABASE_URL": f"sqlite:///{VAR / 'oncekeys.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    os.chdir(ROOT)


def _demo_password() -> str:
    """The one asked for, else that of the last run, else a new one."""
    file = VAR / "demo-password"
    password = os.environ.get("DEMO_PASSWORD") or (file.read_text() if file.exists() else secrets.token_urlsafe(9))
    _write_private(file, password)
    return password


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def _prepare(password: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    # Compressing them takes ten seconds, and saves nothing on the way to a browser of this machine.
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "js", "json", "svg", "txt"]
    call_command("collectstatic", interactive=False, verbosity=0)

    import demo

    from accounts.models import User
    from oncekeys.models import Account

    if not Account.objects.filter(slug="acme").exists():
        # Invented keys need no emails and no lines in the log.
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
        logging.getLogger("oncekeys.security").setLevel(logging.WARNING)
        demo.open_account(EMAIL)
    ada = User.objects.get(email=EMAIL)
    if not ada.check_password(password):
        ada.set_password(password)
        ada.save(update_fields=["password"])


def _serve(port: str) -> subprocess.Popen[bytes]:
    address = ("--host", HOST, "--port", port)
    # A worker that is asked to stop while it starts doesn't notice: Ctrl-C would wait forever.
    size = ("--workers", "2", "--workers-kill-timeout", "3")
    return _start("-m", "config.serve", "--log-level", "warning", *address, *size)


def _start(*command: str) -> subprocess.Popen[bytes]:
    """Start it in a group of its own: a signal to our group would end granian's workers, which may then hang."""
    return subprocess.Popen([sys.executable, *command], start_new_session=True)


def _say_if_it_ends(sender: subprocess.Popen[bytes]) -> None:
    """Say so on standard error, unless it ends because we stop."""
    code = sender.wait()
    if not STOPPING.is_set():
        message = f"Emails are no longer sent, since send_emails ended with {code}. Stop this and run it again."
        print(message, file=sys.stderr, flush=True)


def _stop(*processes: subprocess.Popen[bytes]) -> None:
    """Ends them, however they take that."""
    STOPPING.set()
    for process in processes:
        process.terminate()
    signal.signal(signal.SIGALRM, lambda *_: _kill(*processes))
    signal.alarm(SECONDS_TO_STOP)


def _kill(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _answers(server: subprocess.Popen[bytes], port: str) -> bool:
    direct = build_opener(ProxyHandler({}))  # no proxy leads to this machine
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with direct.open(f"http://{HOST}:{port}/readyz", timeout=1):
                return True
        except (URLError, OSError):
            time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(main())
