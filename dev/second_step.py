"""A person's authenticator app, as far as tests need one."""

import time
from datetime import timedelta

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User

PERIOD_SECONDS = 30
# As long as a page needs to come and go.
ENOUGH_SECONDS = 5


def switch_on(user: User) -> str:
    """Two-step sign-in for them, with recovery codes. The secret their app holds."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes


def code(secret: str, *, steps_ago: int = 0) -> str:
    """Return a code the app shows or just showed, but never one that changes in a moment."""
    while PERIOD_SECONDS - time.time() % PERIOD_SECONDS < ENOUGH_SECONDS:
        time.sleep(0.1)
    shown: str = format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS - steps_ago))
    return shown


def code_unlike(spent: str, secret: str) -> str:
    """Return the current or previous code, whichever wasn't used."""
    shown = code(secret)
    return shown if shown != spent else code(secret, steps_ago=1)


def prove(client: Client, *, method: str = "mfa", ago: timedelta = timedelta()) -> None:
    """Makes that the only proof of identity in the client's session."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": method, "at": time.time() - ago.total_seconds()}]
    session.save()


def passkey(user: User) -> Authenticator:
    """As their device made it, but for the numbers in it."""
    public_key = CoseKey({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
    held = AttestedCredentialData.create(bytes(16), b"laptop", public_key)
    data = AuthenticatorData.create(bytes(32), AuthenticatorData.FLAG.AT | AuthenticatorData.FLAG.UP, 0, held)
    client_data = CollectedClientData.create(type="webauthn.create", challenge=b"", origin="http://testserver")
    credential = {
        "id": websafe_encode(b"laptop"),
        "rawId": websafe_encode(b"laptop"),
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
    }
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Laptop", "credential": credential}
    )
