"""How the sign-in library is told our rules."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest
from django.urls import reverse

from accounts import conf
from accounts.models import User


def set_password_link(user: User) -> str:
    """Where somebody without a password sets one, once and within PASSWORD_RESET_TIMEOUT."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return conf.public_url() + reverse("account_reset_password_from_key", kwargs=key)


class SignInAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes themselves an account: `manage.py create_account` does."""
        return False
