"""Ports for servers of the tests and the benchmarks."""

import socket
import subprocess
import time

PATIENCE_SECONDS = 120


def free_port() -> int:
    """Return a port on which no one listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    """Return whether the process comes up within reasonable time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False
