"""A real PgBouncer before a PostgreSQL, in transaction mode, as a deployment has it where connections run out.

`PGBOUNCER` names another than the system's.
"""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from dev.ports import free_port
from dev.postgresql import unprivileged_identity
from dev.programs import find_program
from dev.scratch import ScratchDirectory

_SECONDS_TO_START = 30
# Older ones know no prepared statements in transaction mode.
_KEEPS_STATEMENTS = (1, 21)
_CONFIGURATION = """
[databases]
* = host={host} {options}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {pool_size}
# Otherwise one client alone gets the same connection each time.
server_round_robin = 1
server_idle_timeout = 1
{more}
"""


@contextmanager
def pgbouncer(
    server_url: str, *, pool_size: int = 4, options: str = "", prepared_statements: bool = False
) -> Iterator[str]:
    """The address of the same server behind a pool of few connections. Its path names the database.

    `options` are of the line that PgBouncer's configuration has for it. `prepared_statements`: it keeps them, an old
    one by lending a connection until its client leaves.
    """
    program, port = _program(), free_port()
    mode, more = _statements(program, keep=prepared_statements)
    host = parse_qs(urlsplit(server_url).query)["host"][0]
    scratch = ScratchDirectory()
    scratch.path.chmod(0o755)
    configuration, log = scratch.path / "pgbouncer.ini", scratch.path / "log"
    configuration.write_text(
        _CONFIGURATION.format(
            host=host, port=port, folder=scratch.path, pool_size=pool_size, options=options, mode=mode, more=more
        )
    )
    (scratch.path / "users").write_text('"oncekeys" ""\n')
    process = _start(program, configuration, log)
    url = f"postgresql://oncekeys@127.0.0.1:{port}/postgres"
    try:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PgBouncer did not start: {log.read_text()}")
            time.sleep(0.02)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        scratch.remove()


def _start(program: str, configuration: Path, log: Path) -> "subprocess.Popen[bytes]":
    identity = unprivileged_identity()  # it refuses to run as root
    with log.open("wb") as output:
        return subprocess.Popen(
            [program, configuration],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath},
            user=identity and identity.pw_uid,
            group=identity and identity.pw_gid,
            extra_groups=[] if identity else None,
        )


def _program() -> str:
    return os.environ.get("PGBOUNCER") or find_program("pgbouncer")


def _statements(program: str, *, keep: bool) -> tuple[str, str]:
    """The mode of its pool, and a further line of the configuration."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    ((major, minor),) = re.findall(r"^PgBouncer (\d+)\.(\d+)", version)
    if (int(major), int(minor)) >= _KEEPS_STATEMENTS:
        return "transaction", f"max_prepared_statements = {200 if keep else 0}"
    return "session" if keep else "transaction", ""


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
