"""A host answers what only the project knows. `ONCEKEYS_HOST` names a subclass of Host; see docs/host.md."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from oncekeys import conf
from oncekeys.models import Account
from oncekeys.users import ApiUser


class Host:
    """Every method has a default that works in a plain Django project, where each person has keys of their own."""

    # Whether `Account.service_user` is a row that foreign keys may point to. If so, the look-up reads it too.
    has_user_rows = False

    def account(self, request: HttpRequest, **mount: Any) -> Account | HttpResponseBase:
        """Return the account that a page is about. `mount` is what the project's `include()` captured, such as `slug`.

        Called only for people who are signed in. Raise Http404 if the person doesn't belong to the account. A response,
        such as a redirect, is sent instead of the page.
        """
        return Account.objects.of_owner(request.user)  # type: ignore[arg-type]

    def may_manage(self, request: HttpRequest, account: Account) -> bool:
        """Return whether this person, after `account` let them in, may create, change and delete keys."""
        return any(person == request.user for person in self.managers(account))

    def refusal(self, request: HttpRequest, account: Account) -> str:
        """Return the sentence for people who may not manage the keys. The status is 403."""
        return _("Only people who manage %(account)s can view its API keys.") % {"account": account.name}

    def managers(self, account: Account) -> Iterable[Any]:
        """Return the people who manage the account's keys. They get emails about keys if they have an email address."""
        owner = account.owner
        return [owner] if getattr(owner, "is_active", False) else []

    def people(self, account: Account) -> Iterable[Any]:
        """Return the people that the activity page lets you choose between."""
        return self.managers(account)

    def mount(self, account: Account) -> dict[str, Any]:
        """Return the arguments that `account()` gets, for the links in an email. Called for each link."""
        return {}

    def context(self, request: HttpRequest, account: Account) -> dict[str, Any]:
        """Return what the project's base template needs on our pages."""
        return {}

    def email_settings(self, person: Any) -> str:
        """Return the full URL where this person turns off emails about keys, or an empty string."""
        return ""

    def name_of(self, person: Any) -> str:
        """Return a person's name as other people see it."""
        return (
            person.get_full_name() if getattr(person, "get_full_name", None) and person.get_full_name() else str(person)
        )

    def language_of(self, person: Any) -> str:
        """Return the language in which a person reads emails."""
        return settings.LANGUAGE_CODE

    def time_zone_of(self, person: Any) -> str:
        """Return the time zone for a person's emails."""
        return settings.TIME_ZONE

    def confirm(self, request: HttpRequest) -> HttpResponseBase | None:
        """Return None if the person proved recently that it's them, else a redirect to where they can prove it.

        Called before a key is created, rotated, changed, resumed or looked up, and before the activity is exported.
        Not called before access is revoked. `oncekeys.proofs` has two ready-made proofs.
        """
        return None

    def user_of(self, account: Account) -> Any:
        """Return `request.user` for a request with a key of this account."""
        return (account.service_user if self.has_user_rows else None) or ApiUser(account)


@conf.read_once
def _of_the_settings() -> Host:
    name = getattr(settings, "ONCEKEYS_HOST", None)
    cls: type[Host] = import_string(name) if name else Host
    return cls()


class _Lazy:
    """The host of the settings, imported when it is first asked. It looks each attribute up once, unlike Django's."""

    def __getattr__(self, name: str) -> Any:
        value = self.__dict__[name] = getattr(_of_the_settings(), name)
        return value

    @property  # type: ignore[misc]
    def __class__(self) -> type[Host]:  # type: ignore[override]  # isinstance asks it
        return type(_of_the_settings())


host: Host = _Lazy()  # type: ignore[assignment]


def _forget(**_: Any) -> None:
    vars(host).clear()


setting_changed.connect(_forget)
