"""A real Redis, which forgets everything at its end."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.ports import free_port
from dev.programs import find_program


@contextmanager
def running_redis(directory: Path) -> Iterator[str]:
    """Its address, as `CACHE_URL` has it."""
    with redis_process(directory) as (url, _):
        yield url


@contextmanager
def redis_process(directory: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Its address and its process, for those who stop it."""
    port = free_port()
    command = [find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen([*command, "--dir", str(directory)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if "Ready to accept connections" in line:
            break
    try:
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.terminate()
        process.communicate(timeout=30)
