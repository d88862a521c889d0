"""A passkey counts only if it verified its person, and wasn't just touched."""

import pytest

from dev.security_key import ORIGIN, TOUCHED, VERIFIED, SecurityKey
from tests.pages import NEW, PASSWORD

pytestmark = pytest.mark.django_db

how = pytest.mark.parametrize(("flags", "counts"), [(TOUCHED, False), (VERIFIED, True)], ids=["touched", "verified"])


@pytest.fixture(autouse=True)
def on_localhost(settings):
    settings.PUBLIC_URL, settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ORIGIN, True


def challenge(client) -> str:
    return client.session["mfa.webauthn.state"]["challenge"]


@how
def test_it_signs_in(client, ada, flags, counts):
    key = SecurityKey(ada)
    client.get("/passkeys/login/", headers={"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"})

    client.post("/passkeys/login/", {"credential": key.sign(challenge(client), flags)})

    assert (client.get("/accounts/acme/").status_code == 200) is counts


@how
def test_it_proves_that_it_is_them(signed_in, prove, ada, flags, counts):
    key = SecurityKey(ada)
    browser = prove(signed_in(ada), method="password")
    browser.get("/passkeys/reauthenticate/")

    browser.post("/passkeys/reauthenticate/", {"credential": key.sign(challenge(browser), flags)})

    assert (browser.get(NEW).status_code == 200) is counts


@how
def test_it_is_a_second_step(client, ada, flags, counts):
    key = SecurityKey(ada)
    client.post("/login/", {"login": "ada@acme.example", "password": PASSWORD})
    client.get("/two-step/authenticate/")

    client.post("/two-step/authenticate/", {"credential": key.sign(challenge(client), flags)})

    assert (client.get("/accounts/acme/").status_code == 200) is counts


def test_another_persons_challenge_signs_no_one_in_by_a_touch(client, ada, eve):
    key = SecurityKey(ada)
    SecurityKey(eve)
    eve.set_password(PASSWORD)
    eve.save()
    client.post("/login/", {"login": eve.email, "password": PASSWORD})
    client.get("/two-step/authenticate/")
    forgotten = client.session
    forgotten["account_login"] = {**forgotten["account_login"], "initiated_at": 1}
    forgotten.save()

    client.post("/passkeys/login/", {"credential": key.sign(challenge(client), TOUCHED)})

    assert client.get("/accounts/acme/").status_code == 302
