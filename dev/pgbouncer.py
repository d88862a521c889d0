"""A real PgBouncer before a PostgreSQL, in transaction mode, as a deployment has it where connections run out."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import psycopg

from dev.ports import free_port
from dev.postgresql import unprivileged_identity
from dev.programs import find_program
from dev.scratch import ScratchDirectory

_SECONDS_TO_START = 30
_CONFIGURATION = """
[databases]
* = host={host} {options}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {pool_size}
server_idle_timeout = 1
"""


@contextmanager
def pgbouncer(server_url: str, *, pool_size: int = 4, options: str = "") -> Iterator[str]:
    """The address of the same server behind a pool of few connections. Its path names the database.

    `options` are of the line that PgBouncer's configuration has for it.
    """
    program, identity, port = find_program("pgbouncer"), unprivileged_identity(), free_port()
    host = parse_qs(urlsplit(server_url).query)["host"][0]
    scratch = ScratchDirectory()
    scratch.path.chmod(0o755)
    configuration, log = scratch.path / "pgbouncer.ini", scratch.path / "log"
    configuration.write_text(
        _CONFIGURATION.format(host=host, port=port, folder=scratch.path, pool_size=pool_size, options=options)
    )
    (scratch.path / "users").write_text('"oncekeys" ""\n')
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, configuration],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath},
            user=identity and identity.pw_uid,  # it refuses to run as root
            group=identity and identity.pw_gid,
            extra_groups=[] if identity else None,
        )
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


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
