"""How the library's two-step sign-in is told our rules: its secrets rest encrypted, and it speaks our words."""

import base64
from functools import lru_cache

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import conf
from accounts.models import User

SITE_NAME = "oncekeys"
KEY_PURPOSE = b"oncekeys: secrets of two-step sign-in"
QUIET_ZONE = 4  # modules of white around a QR code, which readers need


def is_on(user: User) -> bool:
    """Whether they sign in with a second step. Recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class TwoStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That did not work: it is wrong, or was used already. Take the next code."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken where neither SECRET_KEY nor a fallback is what it was encrypted under."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        return SITE_NAME

    def build_totp_svg(self, url: str) -> str:
        """A drawing that stands in the page itself: the content security policy admits no `data:` images."""
        code = qrcode.QRCode(border=QUIET_ZONE)
        code.add_data(url)
        modules = code.get_matrix()
        path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, dark in enumerate(row) if dark)
        return f'<svg viewBox="0 0 {len(modules)} {len(modules)}" shape-rendering="crispEdges"><path d="{path}"/></svg>'

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """To whom passkeys belong: the host people know, whichever name this request came by."""
        return {"id": conf.public_host(), "name": SITE_NAME}


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@lru_cache(maxsize=8)
def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=KEY_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
