"""Limits say from where a key may be used and what it may do; and a key can be paused."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncekeys.models import ApiKey, AuditEvent, networks, scopes
from oncekeys.services import api_keys, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Code, Refused

pytestmark = pytest.mark.django_db


def answer(key: api_keys.NewKey, **conditions) -> Code | None:
    """The refusal, or None where it is let in."""
    try:
        verification.verify(key.token.reveal(), **conditions)
    except Refused as refused:
        return refused.code
    return None


def limit(key: api_keys.NewKey, *, addresses: str = "", allowed: tuple[str, ...] = ("full",)) -> None:
    api_keys.change(api_key=key.api_key, by=By.system(), name=key.api_key.name, networks=addresses, scopes=allowed)


@pytest.mark.parametrize(
    ("allowed", "address", "refused"),
    [
        ("", "203.0.113.7", False),
        ("", None, False),
        ("203.0.113.7", "203.0.113.7", False),
        ("203.0.113.7", "203.0.113.8", True),
        ("203.0.113.0/24", "203.0.113.8", False),
        ("203.0.113.0/24\n198.51.100.1", "198.51.100.1", False),
        ("203.0.113.0/24", "2001:db8::1", True),
        ("2001:db8::/32", "2001:db8:1::1", False),
        ("2001:db8::/32", "203.0.113.7", True),
        ("::ffff:203.0.113.0/120", "203.0.113.7", False),
        ("0.0.0.0/0", "2001:db8::1", True),
        ("203.0.113.7", None, True),
    ],
)
def test_a_key_is_let_in_from_its_addresses_only(crm, allowed, address, refused):
    limit(crm, addresses=allowed)

    assert answer(crm, address=address) is (Code.ADDRESS_NOT_ALLOWED if refused else None)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" 203.0.113.7 \r\n\r\n2001:DB8:0::1", "203.0.113.7/32\n2001:db8::1/128"),
        ("203.0.113.0/24\n203.0.113.0/24", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("", ""),
    ],
)
def test_addresses_are_stored_in_one_form(typed, stored):
    assert networks.clean(typed) == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("203.0.113.7\n\n203.0.113.256", "Line 3: “203.0.113.256” isn’t an IP address or network"),
        ("crm.example", "Line 1: “crm.example” isn’t an IP address"),
        ("203.0.113.0/33", "Line 1: “203.0.113.0/33” isn’t an IP address"),
        ("fe80::1%eth0", "Line 1: “fe80::1%eth0” isn’t an IP address"),
        ("203.0.113.7/24", "For the whole network, write 203.0.113.0/24"),
        ("\n".join(f"203.0.113.{n}" for n in range(52)), "at most 50 IP addresses: remove 2"),
    ],
)
def test_a_wrong_address_is_named_by_its_line(typed, sentence):
    with pytest.raises(networks.BadNetworks, match=sentence):
        networks.clean(typed)


def test_every_wrong_line_is_named():
    with pytest.raises(networks.BadNetworks) as error:
        networks.clean("x\n203.0.113.7\ny")

    assert [message[:6] for message in error.value.messages] == ["Line 1", "Line 3"]


@given(st.lists(st.ip_addresses(), max_size=50))
def test_an_address_that_is_allowed_is_let_in_however_it_is_written(addresses):
    stored = networks.clean("\n".join(map(str, addresses)))

    assert networks.clean(stored) == stored
    for address in addresses:
        mapped = getattr(address, "ipv4_mapped", None)
        assert networks.contain(stored, str(mapped or address))


@given(st.text())
def test_whatever_is_typed_is_understood_or_refused_with_a_sentence(text):
    try:
        stored = networks.clean(text)
    except networks.BadNetworks:
        return
    for network in stored.splitlines():
        assert str(ipaddress.ip_network(network)) == network


@pytest.mark.parametrize(
    ("held", "required", "refused"),
    [
        (["full"], [], False),
        (["full"], ["read-only"], False),
        (["full"], ["read-only", "full"], False),
        (["read-only"], ["read-only"], False),
        (["read-only"], [], False),
        (["read-only"], ["full"], True),
        (["read-only"], ["read-only", "full"], True),
    ],
)
def test_a_key_does_only_what_its_scopes_allow(crm, held, required, refused):
    limit(crm, allowed=held)

    assert answer(crm, scopes=required) is (Code.INSUFFICIENT_SCOPE if refused else None)


def test_a_deployment_declares_its_own_scopes(crm, settings):
    settings.ONCEKEYS_SCOPES = ["orders:read", "orders:write"]
    limit(crm, allowed=["orders:write", "orders:read"])

    assert ApiKey.objects.get().scopes == "orders:read orders:write"
    assert answer(crm, scopes=["orders:read"]) is None
    assert answer(crm, scopes=["refunds"]) is Code.INSUFFICIENT_SCOPE


@pytest.mark.parametrize(("chosen", "sentence"), [([], "at least one"), (["root"], "no scope “root”")])
def test_undeclared_scopes_are_refused_with_a_sentence(chosen, sentence):
    with pytest.raises(scopes.BadScopes, match=sentence):
        scopes.clean(chosen)


def test_a_new_key_may_do_everything_from_everywhere(crm):
    stored = ApiKey.objects.get()

    assert (stored.addresses, stored.scopes) == ("", "full")


def test_a_change_holds_from_the_next_request_on_and_leaves_an_event(crm, ada):
    assert answer(crm, address="203.0.113.7") is None

    api_keys.change(api_key=crm.api_key, by=By(ada, "192.0.2.1"), name="CRM", networks="198.51.100.1", scopes=["full"])

    assert answer(crm, address="203.0.113.7") is Code.ADDRESS_NOT_ALLOWED
    event = AuditEvent.objects.get(kind="api_key.changed")
    assert (event.actor, event.address) == (ada, "192.0.2.1")
    assert event.details == {
        "name": "CRM",
        "name_before": "Production CRM",
        "addresses": "198.51.100.1/32",
        "addresses_before": "",
    }


def test_a_change_that_changes_nothing_leaves_no_event(crm, ada):
    limit(crm)

    assert not AuditEvent.objects.filter(kind="api_key.changed").exists()


def test_a_key_cannot_take_the_name_of_another(acme, crm, ada):
    other = api_keys.create(account=acme, by=By(ada), name="Other")

    with pytest.raises(api_keys.NameTaken):
        api_keys.change(api_key=other.api_key, by=By(ada), name="PRODUCTION crm", networks="", scopes=["full"])

    api_keys.change(api_key=other.api_key, by=By(ada), name="OTHER", networks="", scopes=["full"])
    assert ApiKey.objects.get(pk=other.api_key.pk).folded_name == "other"


def test_pausing_twice_is_pausing_once(crm, ada):
    for act in (api_keys.pause, api_keys.pause, api_keys.resume, api_keys.resume):
        act(api_key=crm.api_key, by=By(ada))

    kinds = AuditEvent.objects.filter(api_key=crm.api_key).order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["api_key.created", "api_key.paused", "api_key.resumed"]


def test_a_paused_key_keeps_its_slot(acme, crm, ada):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    assert acme.api_keys.active().count() == 1


def test_a_key_that_would_have_expired_already_is_not_made(acme, ada):
    with pytest.raises(api_keys.ExpiryPassed, match="Choose a later one"):
        api_keys.create(account=acme, by=By(ada), name="Late", expires=datetime(2020, 1, 1, tzinfo=UTC))

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_lifetime_begins_by_the_databases_clock(acme, ada, monkeypatch, wrong_by):
    from django.utils import timezone

    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + wrong_by)

    created = api_keys.create(account=acme, by=By(ada), name="CRM", expires=timedelta(minutes=30)).api_key

    assert timedelta(minutes=29) < created.expires_at - now < timedelta(minutes=31)
    assert answer_of(created, acme) == "expires in the future"


def answer_of(key: ApiKey, account) -> str:
    return "expired" if key.is_expired(at=account.clock()) else "expires in the future"
