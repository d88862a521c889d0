"""Gives schemathesis a key for each case; read by it through SCHEMATHESIS_HOOKS, in a process of its own.

A rotated or revoked key can't be used in the next case, so those that change one get a fresh one each time.
"""

import os

import django
import schemathesis

django.setup()

from oncekeys.keys.token import Token  # noqa: E402
from oncekeys.models import ApiKey  # noqa: E402
from oncekeys.services import api_keys  # noqa: E402
from oncekeys.services.by import By  # noqa: E402

LASTING = Token(os.environ["ONCEKEYS_API_KEY"])


@schemathesis.auth(refresh_interval=None)
class Keys:
    def get(self, case, context):
        return LASTING.reveal() if case.method == "GET" else fresh_key()

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "API-Key": data}


def fresh_key() -> str:
    """In the place of what the last case left, so that the account never has too many."""
    lasting = ApiKey.objects.select_related("account").get(key_id=LASTING.key_id)
    for used in lasting.account.api_keys.holding_slots().exclude(pk=lasting.pk):
        api_keys.delete(api_key=used, by=By.system())
    return api_keys.create(account=lasting.account, by=By.system(), name="For one case").token.reveal()
