"""The accounts that the matrix is asked in, and who its people are there."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.test.client import ClientHandler

from accounts.models import Invitation, Role, User
from accounts.services import site_accounts
from dev import second_step
from dev.people import join
from dev.second_step import passkey
from oncekeys.services import accounts, api_keys
from oncekeys.services.by import By
from tests.access.browsers import Ask, Browser
from tests.access.table import Person, Row


class World:
    """Acme with an owner, an admin and a member; Umbrella, which is someone else's; and Initech, which is disabled."""

    def __init__(self) -> None:
        self.acme, self.umbrella, self.initech = Premises("Acme"), Premises("Umbrella"), Premises("Initech")
        second_step.switch_on(self.acme.owner)
        # The library notes the first look at them, even on a GET.
        Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().mark_as_viewed()
        self.passkey = passkey(self.acme.owner)
        accounts.disable(account=self.initech.account, by=By.system())
        self.handler = ClientHandler(enforce_csrf_checks=True)
        self.browsers = {
            Person.SIGNED_OUT: Browser(self.handler, {}, {}),
            Person.MEMBER: self.signed_in(self.acme.member),
            Person.ADMIN: self.signed_in(self.acme.admin),
            Person.OWNER: self.signed_in(self.acme.owner),
            Person.STRANGER: self.signed_in(self.umbrella.owner),
            Person.API_KEY: Browser(self.handler, {}, {"Authorization": f"Bearer {self.acme.token}"}),
            Person.DISABLED: self.signed_in(self.initech.owner),
        }
        self.before = transaction.savepoint()

    def ask(self, person: Person, row: Row, ask: Ask, ids: dict[str, Any] | None = None) -> str:
        """The word for what they get. What is done is undone. `ids` name something else than what is there."""
        there = {**self.ids(person), **(ids or {})}
        word = self.browsers[person].ask(row.path.format(**there), ask, row.sent(ask.method, there))
        transaction.savepoint_rollback(self.before)
        return word

    def path(self, row: Row) -> str:
        return row.path.format(**self.ids(Person.OWNER))

    def ids(self, person: Person) -> dict[str, Any]:
        """Return the IDs in the URLs of the account; the passkey is always that of Acme's owner."""
        premises = self.initech if person is Person.DISABLED else self.acme
        return {**premises.ids, "passkey": self.passkey.pk}

    def signed_in(self, user: User) -> Browser:
        """Just now, with their second step if they have one, and seen since."""
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        second_step.prove(client)
        client.get("/profile/")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return Browser(self.handler, {settings.SESSION_COOKIE_NAME: session}, {})


class Premises:
    """An account with one of everything that a path can name."""

    def __init__(self, name: str) -> None:
        host = f"{name.lower()}.example"
        self.account = site_accounts.create(name=name, owner_email=f"owner@{host}", owner_name="Ada")
        self.owner = with_password(User.objects.get(email=f"owner@{host}"))
        self.admin = with_password(join(self.account, f"admin@{host}", "Grace", Role.ADMIN))
        self.member = with_password(join(self.account, f"member@{host}", "Bob", Role.MEMBER))
        join(self.account, f"carol@{host}", "Carol", Role.MEMBER)
        key = api_keys.create(account=self.account, by=By(self.owner), name="CRM")
        paused = api_keys.create(account=self.account, by=By(self.owner), name="Paused")
        api_keys.pause(api_key=paused.api_key, by=By(self.owner))
        self.token = key.token.reveal()
        invitation = Invitation(account=self.account, email=f"joan@{host}", role=Role.MEMBER, invited_by=self.owner)
        link = invitation.renew()
        invitation.save()
        self.ids = {
            "account": self.account.slug,
            "key": key.api_key.key_id,
            "paused": paused.api_key.key_id,
            "token": self.token,
            "invitation": invitation.pk,
            "link": link,
            "member": self.account.memberships.get(user__name="Carol").pk,
        }


def with_password(user: User) -> User:
    """Set a password that no one is asked for, so it isn't hashed."""
    user.password = "unasked"
    user.save()
    return user
