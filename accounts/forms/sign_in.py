"""How somebody signs in."""

from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Password managers look for a user name.
        self.fields["login"].widget.attrs.update(autofocus=True, autocomplete="username")
