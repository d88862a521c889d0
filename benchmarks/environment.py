"""Runs the Django side: programs that print JSON, with the settings of a deployment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# A project without pages, with the doors of ours and of the others; and the site as it is deployed.
PROJECT = "benchmarks.site.settings"
SITE = "config.settings"

ALWAYS = {
    "SECRET_KEY": "only-for-benchmarks-and-never-for-a-deployment-0123456789",
    "PUBLIC_URL": "http://127.0.0.1",
    "DEBUG": "false",
    "ENV_FILE": os.devnull,
}


def environment(database_url: str, settings: str = PROJECT, **more: str) -> dict[str, str]:
    """Return the environment of a process."""
    return {**os.environ, **ALWAYS, "DJANGO_SETTINGS_MODULE": settings, "DATABASE_URL": database_url, **more}


def run(module: str, *arguments: object, database_url: str, settings: str = PROJECT) -> Any:
    """Run a module as a program and return what it prints as JSON. Raises subprocess.CalledProcessError."""
    finished = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=environment(database_url, settings),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(finished.stdout)
