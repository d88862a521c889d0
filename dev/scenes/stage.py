"""Plays a scene in an account of its own, with the people it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from django.contrib.auth.hashers import make_password
from playwright.sync_api import Page

from accounts.models import Invitation, Role, User
from accounts.services import site_accounts
from dev.people import join
from oncekeys.models import Account

PASSWORD = "correct horse battery staple"
Play: TypeAlias = Callable[["Stage"], Page]


class Stage:
    """Acme, with ada as its owner. `open_as(ada, path)` is a page of hers, `open_as(None, path)` a stranger's."""

    def __init__(self, open_as: Callable[[User | None, str], Page]) -> None:
        self.open_as = open_as
        number = Account.objects.count() + 1
        self._host = f"acme{number}.example"
        self.acme = site_accounts.create(
            name=f"Acme {number}", owner_email=f"ada@{self._host}", owner_name="Ada Lovelace"
        )
        self.ada = self._with_password(User.objects.get(email=f"ada@{self._host}"))

    @property
    def members(self) -> str:
        return f"/accounts/{self.acme.slug}/settings/members/"

    def open(self, path: str) -> Page:
        return self.open_as(self.ada, path)

    def email_of(self, name: str) -> str:
        return f"{name}@{self._host}"

    def join(self, name: str, role: Role) -> User:
        """A colleague: `join("Grace Hopper", Role.ADMIN)`."""
        return join(self.acme, self.email_of(name.split()[0].lower()), name, role)

    def stranger(self) -> User:
        """Belongs to no account."""
        return self._with_password(User.objects.create_user(self.email_of("katherine"), name="Katherine Johnson"))

    def invite(self, email: str) -> str:
        """The path that the mail leads to."""
        invitation = Invitation(account=self.acme, email=email, role=Role.ADMIN, invited_by=self.ada)
        token = invitation.renew()
        invitation.save()
        return f"/invitations/{token}/"

    def sign_in(self) -> Page:
        """Sign in, up to the password."""
        page = self.open_as(None, "/login/")
        page.get_by_label("Email").fill(str(self.ada.email))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page

    def _with_password(self, person: User) -> User:
        person.password = _hashed(PASSWORD)
        person.save()
        return person


@cache
def _hashed(password: str) -> str:
    """Once for all scenes, because it takes a tenth of a second, as it should."""
    return make_password(password)


@dataclass(frozen=True)
class Scene:
    """A page in one of its states: what its URL is called, and how one gets there."""

    of: str
    play: Play


class Programme(dict[str, Scene]):
    """Scenes by their names."""

    def scene(self, of: str) -> Callable[[Play], Play]:
        """Says of which URL the scene below is; it is named as the function."""

        def add(play: Play) -> Play:
            self[play.__name__.replace("_", "-")] = Scene(of, play)
            return play

        return add

    def add_page(self, name: str, of: str, path: str, *, signed_in: bool = True) -> None:
        """One that needs only to be opened."""
        self[name] = Scene(of, lambda stage: stage.open_as(stage.ada if signed_in else None, path))


def shows_error(page: Page) -> Page:
    page.locator("[aria-invalid=true], [role=alert]:not([hidden])").first.wait_for()
    return page
