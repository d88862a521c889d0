"""The service tells whose key it is that someone found."""

import traceback

import pytest
from django.utils import timezone

from dev.keyring import forge
from oncekeys import conf
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, finding
from oncekeys.services.by import By
from oncekeys.services.refusals import Code, Refused
from oncekeys.testing import committed

pytestmark = pytest.mark.django_db

HERE = "203.0.113.9"


def find(text: str, account) -> ApiKey | None:
    return finding.find(text, account=account, address=HERE)


@pytest.mark.parametrize(
    "line",
    [
        "{key}",
        "  {key}\n",
        "API_KEY={key}",
        'api_key: "{key}",',
        "curl -H 'API-Key: {key}' https://keys.example.com/api/v1/test",
        "curl -u {key}: https://keys.example.com/",
        "https://keys.example.com/?api_key%3D{key}&page=2",
        "old: {key}\nnew: {key}",
        "{key} (id ok_live_7Fh2k9QxYz12_…)",
    ],
)
def test_a_key_is_found_in_the_line_it_stands_in(acme, crm, line):
    assert find(line.format(key=crm.token.reveal()), acme) == crm.api_key


@pytest.mark.parametrize("between", ["\n", " ", "", ","])
def test_two_keys_are_pasted_one_at_a_time(acme, crm, between):
    text = crm.token.reveal() + between + Token.mint("live").reveal()

    with pytest.raises(finding.SeveralKeys, match="Paste one at a time"):
        find(text, acme)


@pytest.mark.parametrize("fields", [{"paused_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_key_that_is_refused_elsewhere_is_found(acme, crm, fields):
    ApiKey.objects.update(**fields)

    assert find(crm.token.reveal(), acme) == crm.api_key


def test_finding_a_key_is_no_use_of_it(acme, crm):
    with committed():
        find(crm.token.reveal(), acme)

    crm.api_key.refresh_from_db()
    assert (crm.api_key.last_used_at, KeyUsage.objects.count()) == (None, 0)


def test_unknown_and_wrong_keys_are_not_found(acme, crm):
    assert find(Token.mint("live").reveal(), acme) is None
    assert find(forge(crm.api_key.public_id), acme) is None


def test_a_deleted_key_is_known_by_its_id_and_to_its_account_only(acme, umbrella, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert find(crm.token.reveal(), acme) == crm.api_key
    assert find(forge(crm.api_key.public_id), acme) == crm.api_key
    assert find(forge(crm.api_key.public_id.replace("live", "test")), acme) is None
    assert find(crm.token.reveal(), umbrella) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "Keys begin with ok_live_"),
        ("$API_KEY", "variable’s name"),
        ("API_KEY=ok_live_7Fh2k9QxYz12_abc", "truncated: it is missing 46 characters"),
    ],
)
def test_what_is_no_key_is_told_why(acme, text, sentence):
    with pytest.raises(Refused) as refused:
        find(text, acme)

    assert refused.value.code == Code.MALFORMED_KEY
    assert sentence in refused.value.detail


def wrong_texts(crm) -> dict[str, str]:
    return {
        "malformed": crm.token.reveal()[:-1],
        "unknown": Token.mint("live").reveal(),
        "wrong secret": forge(crm.api_key.public_id),
    }


@pytest.mark.parametrize("text", ["malformed", "unknown", "wrong secret"])
def test_guessing_is_slowed_down_and_the_right_key_still_found(acme, crm, text, monkeypatch):
    monkeypatch.setattr(conf, "failures_per_minute", lambda: 2)
    for _ in range(2):
        try_to_find(Token.mint("live").reveal(), acme)

    assert try_to_find(wrong_texts(crm)[text], acme) == Code.TOO_MANY_FAILURES
    assert try_to_find(crm.token.reveal(), acme) == crm.api_key


def try_to_find(text, account):
    try:
        return find(text, account)
    except Refused as refused:
        return refused.code


def test_the_count_does_not_reveal_another_accounts_key(umbrella, crm, monkeypatch):
    monkeypatch.setattr(conf, "failures_per_minute", lambda: 2)

    others = [try_to_find(crm.token.reveal(), umbrella) for _ in range(3)]

    assert others == [None, None, Code.TOO_MANY_FAILURES]


@pytest.mark.parametrize("text", ["malformed", "unknown", "wrong secret"])
def test_a_refusal_holds_nothing_of_what_was_pasted(acme, crm, text, monkeypatch):
    monkeypatch.setattr(conf, "failures_per_minute", lambda: 0)
    pasted = wrong_texts(crm)[text]

    with pytest.raises(Refused) as refused:
        find(pasted, acme)

    told = "".join(traceback.format_exception(refused.value)) + repr(vars(refused.value))
    assert pasted[-30:] not in told
