"""nginx as any user, in a directory of its own, without its service, with the documented configuration."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dev.ports import listens
from dev.programs import find_program

DOCUMENTED = Path(__file__).resolve().parent.parent / "docs" / "forward-auth"

# What a distribution's own nginx.conf is to a file in conf.d.
AROUND_IT = """
{user}
daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path bodies;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""


def adapted(text: str, places: Mapping[str, str]) -> str:
    """A configuration as documented, with only these addresses of this machine's instead of the example's."""
    for documented, here in places.items():
        if documented not in text:
            raise ValueError(f"It should say {documented}")
        text = text.replace(documented, here)
    return text


@contextmanager
def running_nginx(directory: Path, site: str, *ports: int) -> Iterator["subprocess.Popen[bytes]"]:
    (directory / "site.conf").write_text(site)
    (directory / "nginx.conf").write_text(AROUND_IT.format(user="user root;" if os.geteuid() == 0 else ""))
    command = [find_program("nginx"), "-p", f"{directory}/", "-c", f"{directory}/nginx.conf", "-e", "stderr"]
    with running(command, directory, *ports) as process:
        yield process


@contextmanager
def running(command: list[str], directory: Path, *ports: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A proxy, until the end of the block. What it says is in the file `log`."""
    environment = {**os.environ, "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
    try:
        if not all(listens(port, process) for port in ports):
            raise RuntimeError(f"{command[0]} did not come up:\n{(directory / 'log').read_text()}")
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
