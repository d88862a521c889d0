"""Real proxies, run as any user, in a directory of their own and without their service."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from dev.ports import listens
from dev.programs import find_program

DOCUMENTED = Path(__file__).resolve().parent.parent / "docs" / "forward-auth"

# What a distribution's own nginx.conf is to a file in conf.d.
NGINX_AROUND_IT = """
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


@contextmanager
def running_nginx(directory: Path, site: str, *ports: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`site` is a file as it would be in conf.d."""
    (directory / "site.conf").write_text(site)
    (directory / "nginx.conf").write_text(NGINX_AROUND_IT.format(user="user root;" if os.geteuid() == 0 else ""))
    command = [find_program("nginx"), "-p", f"{directory}/", "-c", f"{directory}/nginx.conf", "-e", "stderr"]
    with running(command, directory, *ports) as process:
        yield process


@contextmanager
def running_caddy(directory: Path, site: str, *ports: int, program: str | None = None) -> Iterator[None]:
    """`site` is a Caddyfile without its global options."""
    (directory / "site").write_text(site)
    (directory / "Caddyfile").write_text("{\n\tadmin off\n}\nimport site\n")
    command = [program or find_program("caddy"), "run", "--config", f"{directory}/Caddyfile", "--adapter", "caddyfile"]
    with running(command, directory, *ports):
        yield


def adapted(text: str, places: Mapping[str, str]) -> str:
    """Return a documented configuration with this machine's addresses instead of the example's."""
    for documented, here in places.items():
        if documented not in text:
            raise ValueError(f"It should say {documented}")
        text = text.replace(documented, here)
    return text


@contextmanager
def running(command: list[str], directory: Path, *ports: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a proxy until the end of the block. What it says is in the file `log`."""
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
