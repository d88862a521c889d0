"""The accounts that the matrix is asked in, and who its people are there."""

from django.conf import settings
from django.test import Client
from allauth.mfa.models import Authenticator

from accounts.models import Account, Invitation, Membership, Role, User
from accounts.services import accounts, api_keys
from tests import second_step
from tests.access.browsers import Browser
from tests.access.table import Person
from tests.conftest import join


class World:
    """Acme with an owner, an admin and a member; somebody else's Umbrella; and Initech, which is disabled."""

    def __init__(self) -> None:
        self.acme = Premises("Acme", "acme")
        self.umbrella = Premises("Umbrella", "umbrella")
        self.initech = Premises("Initech", "initech")
        accounts.disable(account=self.initech.account)
        self.browsers = self._browsers()

    def _browsers(self) -> dict[Person, Browser]:
        return {
            Person.SIGNED_OUT: Browser({}, {}),
            Person.MEMBER: signed_in(self.acme.member),
            Person.ADMIN: signed_in(self.acme.admin),
            Person.OWNER: signed_in(self.acme.owner),
            Person.STRANGER: signed_in(self.umbrella.owner),
            Person.API_KEY: Browser({}, {"Authorization": f"Bearer {self.acme.token}"}),
            Person.DISABLED: signed_in(self.initech.owner),
        }

    def premises(self, person):
        return self.initech if person is Person.DISABLED else self.acme


class Premises:
    """An account with one of everything that a path can name."""

    def __init__(self, name: str, slug: str) -> None:
        host = f"{slug}.example"
        self.account = accounts.create(name=name, owner_email=f"owner@{host}", owner_name="Ada")
        self.owner = User.objects.get(email=f"owner@{host}")
        self.admin = join(self.account, f"admin@{host}", "Grace", Role.ADMIN)
        self.member = join(self.account, f"member@{host}", "Bob", Role.MEMBER)
        key = api_keys.create(account=self.account, actor=self.owner, name="CRM")
        paused = api_keys.create(account=self.account, actor=self.owner, name="Paused")
        api_keys.pause(api_key=paused.api_key, actor=self.owner)
        self.token = key.token.reveal()
        invitation = Invitation(account=self.account, email=f"joan@{host}", role=Role.MEMBER, invited_by=self.owner)
        link = invitation.renew()
        invitation.save()
        for_member = join(self.account, f"carol@{host}", "Carol", Role.MEMBER)
        passkey = Authenticator.objects.create(
            user=self.owner, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": {}}
        )
        self.ids = {
            "account": slug,
            "key": key.api_key.key_id,
            "paused": paused.api_key.key_id,
            "token": self.token,
            "invitation": invitation.pk,
            "link": link,
            "member": Membership.objects.get(account=self.account, user=for_member).pk,
            "passkey": passkey.pk,
        }


def signed_in(user: User) -> Browser:
    """Just now, with their second step if they have one."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    second_step.prove(client)
    return Browser({settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}, {})
