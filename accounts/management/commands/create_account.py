"""`manage.py create_account NAME --owner EMAIL`."""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse

from accounts import conf
from accounts.models import Role, User
from accounts.services import accounts


class Command(BaseCommand):
    help = "Makes an account and its owner, and prints a link with which the owner sets a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what people call the account, such as “Acme Logistics”")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who will own it")
        parser.add_argument("--owner-name", default="", metavar="NAME", help="what the owner is called")

    def handle(self, *, name: str, owner: str, owner_name: str, **options: Any) -> None:
        try:
            validate_email(owner)
            account = accounts.create(name=name, owner_email=owner, owner_name=owner_name)
        except ValidationError:
            raise CommandError(f"“{owner}” is not an email address.") from None
        except accounts.BadAccountName as error:
            raise CommandError(str(error)) from None
        user = account.memberships.get(role=Role.OWNER).user
        self.stderr.write(f"The account “{account.slug}” is ready. {_next_step(user)}")
        self.stdout.write(_link(user))


def _next_step(user: User) -> str:
    if user.has_usable_password():
        return f"{user.email} has a password already and can sign in:"
    return f"With this link, {user.email} sets a password:"


def _link(user: User) -> str:
    if user.has_usable_password():
        return conf.public_url() + reverse("account_login")
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return conf.public_url() + reverse("account_reset_password_from_key", kwargs=key)
