from collections.abc import Iterator

from torture.place import Place
from torture.rows import Row

POSTGRESQL = {}


def run(place: Place) -> Iterator[Row]:
    yield from ()
