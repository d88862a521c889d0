"""A temporary directory that is gone after the tests, however the tests end."""

import shutil
import subprocess
import tempfile
from pathlib import Path

# Reads until the pipe is closed, by the process that made the directory or, if that dies, by the kernel.
# A server is asked to end first, and after five seconds made to. Its own file tells whether it is down: its
# process id does not, where no one reaps an orphan.
_JANITOR = """
cat >/dev/null
if pid=$(cat "$1/server.pid" 2>/dev/null); then
    kill -INT "$pid"
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
    [ ! -e "$1/data/postmaster.pid" ] || kill -KILL "$pid"
fi
rm -rf "$1"
"""


class ScratchDirectory:
    """A directory with a janitor: a shell in a session of its own, which Ctrl-C does not reach."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="oncekeys-"))
        self.server_pid_file = self.path / "server.pid"
        self._janitor = subprocess.Popen(
            ["/bin/sh", "-c", _JANITOR, "oncekeys-janitor", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def remove(self) -> None:
        """Have the janitor do its work now, and wait until it is done."""
        self._janitor.communicate()
        shutil.rmtree(self.path, ignore_errors=True)  # in case someone killed the janitor
