#!/usr/bin/env python3
"""Django's command line, for this project."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

import oncekeys
from config.startup import plain_errors

if __name__ == "__main__":
    if sys.argv[1:] == ["version"]:
        # Before Django, which answers this one itself, by its own version, and lets no app do so.
        sys.stdout.write(f"oncekeys {oncekeys.__version__}\n")
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with plain_errors():
        settings.INSTALLED_APPS  # noqa: B018 - Django would go on without settings, and fail later
        execute_from_command_line(sys.argv)
