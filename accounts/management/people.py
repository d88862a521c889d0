"""Shared code of commands about people."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.models import User
from accounts.sign_in import set_password_link


def check_email(text: str) -> None:
    """Raises CommandError."""
    try:
        validate_email(text)
    except ValidationError:
        raise CommandError(f"“{text}” is not an email address.") from None


def person(email: str) -> User:
    """Raises CommandError."""
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise CommandError(f"No one signs in with “{email}”.")
    return found


def show_password_link(command: BaseCommand, user: User) -> None:
    """Print a link for someone who has no password yet."""
    if not user.has_usable_password():
        command.stderr.write("With this link they set a password:")
        command.stdout.write(set_password_link(user))
