"""Every entry point answers a wrong setting with one sentence, and ends."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.core.checks import ERROR, WARNING, CheckMessage, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, ProgrammingError
from environs import EnvError

logger = logging.getLogger(__name__)

# A SECRET_KEY that can be guessed, DEBUG, and a guessable one among SECRET_KEY_FALLBACKS.
OPENS_THE_SITE = {"security.W009", "security.W018", "security.W025"}


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the process with a sentence instead of a traceback where a setting is wrong.

    `--traceback` on the command line shows the traceback, as for Django's own commands.
    """
    try:
        yield
    except (EnvError, ImproperlyConfigured) as error:
        _end(error, str(error))
    except (OperationalError, InterfaceError, ProgrammingError) as error:
        _end(error, f"The database that DATABASE_URL names can't be used: {str(error).strip().splitlines()[0]}")


def _end(error: Exception, sentence: str) -> None:
    if "--traceback" in sys.argv:
        raise error
    sys.exit(sentence)


def check_settings() -> None:
    """Load the site's settings and its apps, and refuse what is wrong with them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    refuse_bad_settings()


def refuse_bad_settings() -> None:
    """Raises ImproperlyConfigured with what `manage.py check` would say. A warning goes to the log."""
    messages = [message for message in run_checks() if not message.is_silenced()]
    for message in messages:
        if message.level == WARNING:
            logger.warning("%s", message.msg)
    errors = [message for message in messages if message.level >= ERROR] + _what_opens_the_site()
    if errors:
        raise ImproperlyConfigured("\n".join(str(message) for message in errors))


def _what_opens_the_site() -> list[CheckMessage]:
    """Those of Django's warnings for a deployment with which one on the Internet must not run."""
    if not settings.HTTPS:
        return []
    found = run_checks(tags=[Tags.security], include_deployment_checks=True)
    return [message for message in found if message.id in OPENS_THE_SITE and not message.is_silenced()]
