"""The others, which the same attacks meet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dev.servers import Server
from torture.place import Place
from torture.traffic import Target

PATHS = {"djangorestframework-api-key": "/api-key", "django-rest-knox": "/knox"}


@dataclass(frozen=True)
class Peers:
    """`credentials` are values for Authorization, by product: the first is for traffic, the others to be ended."""

    url: str
    server: Server
    credentials: dict[str, list[str]]

    @property
    def targets(self) -> list[Target]:
        return [
            Target(name, self.server.url, PATHS[name], {"Authorization": credentials[0]})
            for name, credentials in self.credentials.items()
        ]


@contextmanager
def running_peers(place: Place) -> Iterator[Peers | None]:
    """None where they are not installed, or only a short cut is asked for."""
    if not place.has_peers:
        yield None
        return
    url, credentials = place.peers_database()
    with place.peers_server(url.replace("//oncekeys@", "//site@")) as server:
        yield Peers(url, server, credentials)  # type: ignore[arg-type]
