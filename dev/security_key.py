"""A security key made of software, which says of itself what a test wants: a browser's would not."""

import json

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User

ORIGIN = "http://localhost"
HOST = "localhost"
CREDENTIAL = b"a security key"

FLAG = AuthenticatorData.FLAG
TOUCHED = FLAG.UP
# By a fingerprint, a face or a PIN.
VERIFIED = FLAG.UP | FLAG.UV


class SecurityKey:
    """Held by a person, who has registered it with the site."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._private = ec.generate_private_key(ec.SECP256R1())
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Laptop", "credential": self._registered()},
        )

    def sign(self, challenge: str, flags: FLAG) -> str:
        """Return what the browser would send for this challenge."""
        said = AuthenticatorData.create(sha256(HOST.encode()), flags, 1)
        client = CollectedClientData.create(type="webauthn.get", challenge=challenge, origin=ORIGIN)
        signature = self._private.sign(bytes(said) + client.hash, ec.ECDSA(hashes.SHA256()))
        return json.dumps(
            _credential(
                {
                    "clientDataJSON": websafe_encode(client),
                    "authenticatorData": websafe_encode(said),
                    "signature": websafe_encode(signature),
                    "userHandle": websafe_encode(user_pk_to_url_str(self._user).encode()),
                }
            )
        )

    def _registered(self) -> dict[str, object]:
        public = ES256.from_cryptography_key(self._private.public_key())
        held = AttestedCredentialData.create(bytes(16), CREDENTIAL, public)
        said = AuthenticatorData.create(sha256(HOST.encode()), FLAG.AT | VERIFIED, 0, held)
        client = CollectedClientData.create(type="webauthn.create", challenge=b"", origin=ORIGIN)
        return _credential(
            {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(AttestationObject.create("none", said, {})),
            }
        )


def _credential(response: dict[str, str]) -> dict[str, object]:
    name = websafe_encode(CREDENTIAL)
    extensions = {"credProps": {"rk": True}}
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "clientExtensionResults": extensions,
        "response": response,
    }
