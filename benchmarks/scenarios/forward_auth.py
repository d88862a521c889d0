"""nginx asks the site about every request, by the documented configuration; beside it what else nginx could do."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks import measure, servers
from benchmarks.figures import Figure
from benchmarks.servers import Server
from benchmarks.workplace import Workplace
from dev.ports import free_port
from dev.proxies import DOCUMENTED, adapted, running_nginx

TITLE = "Forward-auth: nginx asks about every request"

ASKING = "auth_request /_oncekeys;"
NO_TLS = {
    "    listen 443 ssl;\n": "",
    "    ssl_certificate /etc/nginx/api.acme.example.pem;\n": "",
    "    ssl_certificate_key /etc/nginx/api.acme.example.key;\n": "",
    "proxy_set_header Host keys.acme.example;": "proxy_set_header Host 127.0.0.1;",
}
# An API with a door of its own gets the key.
UNTOUCHED = {'proxy_set_header API-Key "";': "", "proxy_set_header Host $host;": "proxy_set_header Host 127.0.0.1;"}
API = 'server {{ listen {}; return 200 "Hello."; }}\n'


def run(workplace: Workplace) -> list[Figure]:
    project, site = workplace.thousand, workplace.site
    with ExitStack() as stack:
        plain, oncekeys, trivial = servers.together(
            stack,
            servers.running(project.url, servers.GATEWAY),
            servers.running(site.url, servers.DEPLOYED, TRUSTED_PROXY_HOPS="1"),
            servers.running(site.url, servers.TRIVIAL),
        )
        directory, start = workplace.directory, stack.enter_context
        asked = {
            "plain door": (plain, "/plain", project),
            "/api/v1/verify": (oncekeys, "/api/v1/verify", site),
            "nginx alone": (start(_nginx(directory, None)), "/", site),
            "nginx, plain door": (start(_nginx(directory, None, api=plain)), "/plain", project),
            "nginx, trivial authoriser": (start(_nginx(directory, trivial)), "/", site),
            "nginx, oncekeys": (start(_nginx(directory, oncekeys)), "/", site),
        }
        results = measure.in_turn(
            {
                name: partial(measure.under_load, server, path, database.headers)
                for name, (server, path, database) in asked.items()
            },
            workplace.effort,
        )
    return [
        *measure.figures(results),
        Figure("forward_auth/plain", measure.ratio(results["/api/v1/verify"], results["plain door"]), at_least=0.9),
        Figure("forward_auth/behind_nginx", measure.ratio(results["nginx, oncekeys"], results["nginx, plain door"])),
        Figure("forward_auth/trivial", measure.ratio(results["nginx, oncekeys"], results["nginx, trivial authoriser"])),
    ]


@contextmanager
def _nginx(directory: Path, authoriser: Server | None, *, api: Server | None = None) -> Iterator[Server]:
    """Before an API, by default one that costs next to nothing. Its CPU includes what is behind it."""
    port, nothing = free_port(), free_port()
    address = api.address if api else f"127.0.0.1:{nothing}"
    places = NO_TLS | {"listen 80;": f"listen 127.0.0.1:{port};", "127.0.0.1:9000": address}
    places |= {"127.0.0.1:8000": authoriser.address} if authoriser else {ASKING: ""} | (UNTOUCHED if api else {})
    site = adapted((DOCUMENTED / "nginx.conf").read_text(), places) + API.format(f"127.0.0.1:{nothing}")
    here = Path(mkdtemp(dir=directory))
    with running_nginx(here, site, port) as process:
        yield Server(f"127.0.0.1:{port}", process, behind=authoriser or api)
