"""It sends many requests at the same moment, each with another header; wrk knows only connections in a row."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# What `Retry-After` asks of a client that hears 503.
RETRY_AFTER_SECONDS = 1.0
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Answered:
    """`seconds` from the start until it was accepted, after `retries` answers of 503."""

    seconds: float
    retries: int


class NotAccepted(Exception):
    """A key that should work did not, for another reason than capacity."""


def send(url: str, headers: Sequence[str]) -> list[Answered]:
    """Send every header once, all at once, each on a connection of its own, until it is accepted."""
    return asyncio.run(_send(url, headers))


async def _send(url: str, headers: Sequence[str]) -> list[Answered]:
    start = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await asyncio.gather(*(_until_accepted(url, header, start) for header in headers))


async def _until_accepted(url: str, header: str, start: float) -> Answered:
    retries = 0
    while (status := await _status(url, header)) == 503:
        retries += 1
        await asyncio.sleep(RETRY_AFTER_SECONDS)
    if status != 200:
        raise NotAccepted(f"A right key was answered with {status}.")
    return Answered(time.monotonic() - start, retries)


async def _status(url: str, header: str) -> int:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{header}\r\nConnection: close\r\n\r\n".encode()
        )
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
