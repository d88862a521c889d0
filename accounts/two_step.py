"""Adapts the library's two-step sign-in to our rules: its secrets are encrypted, and it uses our words."""

import base64
from functools import lru_cache

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import compat
from accounts.models import User
from oncekeys import conf

SITE_NAME = "oncekeys"
KEY_PURPOSE = b"oncekeys: secrets of two-step sign-in"
QUIET_ZONE = 4  # modules of white around a QR code, which readers need
# In the data of an authenticator app: the time steps whose codes were used, as long as those would still be right.
USED_STEPS = "used_steps"


def is_on(user: User) -> bool:
    """Return whether they sign in with a second step. Recovery codes alone don't count as one."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def has_app(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def accept(user: User, code: str) -> Authenticator | None:
    """The app or the recovery codes that the code is of, or None. It counts once, whichever process it comes to first.

    The library's own mark ends with the step in which a code was used, and may be in the memory of one process.
    """
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
        return next((each for each in held.order_by("pk") if _use_up(each, code)), None)


def use_up_first(user: User, code: str) -> None:
    """The code with which they have just set up an app."""
    _use_up(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP), code)


def _use_up(held: Authenticator, code: str) -> bool:
    if held.type == Authenticator.Type.RECOVERY_CODES:
        return bool(held.wrap().validate_code(code))
    steps = compat.totp_steps()
    used = [step for step in held.data.get(USED_STEPS, []) if step in steps]
    step = next((step for step in steps if step not in used and _is_code_of(held, step, code)), None)
    if step is None:
        return False
    held.data[USED_STEPS] = [*used, step]
    held.save(update_fields=["data"])
    return True


def _is_code_of(app: Authenticator, step: int, code: str) -> bool:
    return compat.is_totp_code(decrypt(app.data["secret"]), step, code)


class TwoStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That code is wrong or was already used. Wait for the next one."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken where neither SECRET_KEY nor a fallback is what it was encrypted under."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return SITE_NAME

    def build_totp_svg(self, url: str) -> str:
        """Draw the QR code in the page itself, since the content security policy admits no `data:` images."""
        code = qrcode.QRCode(border=QUIET_ZONE)
        code.add_data(url)
        modules = code.get_matrix()
        path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
        return f'<svg viewBox="0 0 {len(modules)} {len(modules)}" shape-rendering="crispEdges"><path d="{path}"/></svg>'

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the owner of passkeys: the host people know, whatever name this request used."""
        return {"id": conf.public_host(), "name": SITE_NAME}


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=8)
def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=KEY_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
