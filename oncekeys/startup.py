"""What servers do before they serve. Management commands run the checks by themselves; servers would not."""

import logging

from django.core.checks import ERROR, WARNING, run_checks
from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger(__name__)


def refuse_bad_settings() -> None:
    """Raises ImproperlyConfigured with what `manage.py check` would say. A warning goes to the log."""
    messages = [message for message in run_checks() if not message.is_silenced()]
    for message in messages:
        if message.level == WARNING:
            logger.warning("%s", message.msg)
    errors = [message for message in messages if message.level >= ERROR]
    if errors:
        raise ImproperlyConfigured("\n".join(str(message) for message in errors))
