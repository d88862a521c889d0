"""Promises that must hold whatever happens at the same time, through real server processes."""

import re
from functools import partial

import httpx
import pytest

from accounts.services import site_accounts
from dev import loopback
from dev.keyring import fill
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("load")]

ROUNDS = 10
CLIENTS = 32
TRIES = 20
# Every page of a signed-in person has the form that signs them out.
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def test_an_account_ends_with_25_keys_however_many_are_made_at_once(server, second_server, session_of, repeated):
    owner = site_accounts.create(name="Home", owner_email="ada@acme.example").memberships.get().user
    browsers = [
        Browser(running.url, session_of(owner)) for running in (server, second_server) for _ in range(CLIENTS // 2)
    ]

    for number in range(repeated(ROUNDS)):
        account = site_accounts.create(name=f"Round {number}", owner_email=owner.email)
        fill(account, 20)
        answers = at_once([partial(each.create, account.slug, f"New {index}") for index, each in enumerate(browsers)])

        made = [answer for answer in answers if "API Key Created Successfully" in answer.text]
        refused = [answer for answer in answers if answer not in made]
        assert account.api_keys.active().count() == 25
        assert len(made) == 5
        assert {answer.status_code for answer in refused} == {422}
        assert all("already has 25 keys" in answer.text for answer in refused)


def test_two_keys_of_one_name_made_at_once_are_one(server, second_server, session_of):
    account = site_accounts.create(name="Acme", owner_email="ada@acme.example")
    cookies = session_of(account.memberships.get().user)
    browsers = [Browser(running.url, cookies) for running in (server, second_server) for _ in range(4)]

    answers = at_once([partial(each.create, "acme", "CRM") for each in browsers])

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 7
    assert account.api_keys.count() == 1


def test_one_key_deleted_many_times_at_once_is_deleted_once(server, second_server, session_of):
    account = site_accounts.create(name="Acme", owner_email="ada@acme.example")
    created = api_keys.create(account=account, by=By.system(), name="CRM")
    cookies = session_of(account.memberships.get().user)
    browsers = [Browser(running.url, cookies) for running in (server, second_server) for _ in range(4)]

    answers = at_once([partial(each.delete, "acme", created.token.key_id) for each in browsers])

    # A request after the deletion no longer finds the key.
    assert {answer.status_code for answer in answers} <= {302, 404}
    assert account.audit_events.filter(kind="api_key.deleted").count() == 1


class Browser:
    """A signed-in person's browser with JavaScript off."""

    def __init__(self, url: str, cookies: dict[str, str]) -> None:
        page = loopback.get(url, cookies=cookies, follow_redirects=True, timeout=60)
        self._url = url
        self._cookies = {**cookies, "csrftoken": page.cookies["csrftoken"]}
        self._token = CSRF_FIELD.findall(page.text)[0]

    def create(self, slug: str, name: str) -> httpx.Response:
        return self._submit(slug, "new/", name=name, environment="production")

    def delete(self, slug: str, key_id: str) -> httpx.Response:
        return self._submit(slug, f"{key_id}/delete/")

    def _submit(self, slug: str, path: str, **fields: str) -> httpx.Response:
        url = f"{self._url}/accounts/{slug}/settings/integrations/apis-webhooks/keys/{path}"
        form = {**fields, "csrfmiddlewaretoken": self._token}
        for _ in range(TRIES):
            answer = loopback.post(url, data=form, cookies=self._cookies, timeout=60)
            if answer.status_code != 503:  # where a busy machine had no time to hash, it has done nothing
                break
        return answer
