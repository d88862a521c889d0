"""What servers do before they serve. Management commands run the checks by themselves; servers would not."""

from django.core.checks import ERROR, run_checks
from django.core.exceptions import ImproperlyConfigured


def refuse_bad_settings() -> None:
    """Raises ImproperlyConfigured with what `manage.py check` would say."""
    errors = [message for message in run_checks() if message.level >= ERROR]
    if errors:
        raise ImproperlyConfigured("\n".join(str(message) for message in errors))
