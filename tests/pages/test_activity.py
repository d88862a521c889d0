"""The audit log as people read it: in words, narrowed, a page at a time, and as a file."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Membership
from dev.keyring import forge
from oncekeys.models import ApiKey, AuditEvent, KeyAddress, KeyUsage
from oncekeys.reports import deleted_keys
from oncekeys.services import accounts, api_keys, rotation, verification
from oncekeys.services.by import By
from oncekeys.services.refusals import Refused
from oncekeys.testing import committed
from oncekeys.views import activity_export
from tests.doors.test_integrating import EXAMPLES
from tests.pages import ACTIVITY, KEYS

pytestmark = pytest.mark.django_db

EXPORT = f"{ACTIVITY}export.csv"


@pytest.fixture
def page(signed_in, ada):
    """The page as ada sees it: `page(kind="api_key.created")`."""
    client = signed_in(ada)
    return lambda **query: client.get(ACTIVITY, query)


@pytest.fixture
def exported(signed_in, ada):
    """The rows of the file: `exported(kind="api_key.created")`."""
    client = signed_in(ada)

    def export(**query):
        response = client.post(f"{EXPORT}?{urlencode(query)}")
        return list(csv.DictReader(StringIO(response.getvalue().decode("utf-8-sig"))))

    return export


def kinds(response) -> list[str]:
    return [event.kind for event in response.context["events"]]


def log(account, count, **fields):
    AuditEvent.objects.bulk_create(
        AuditEvent(account=account, kind="api_key.created", details={"name": f"Key {number:03}"}, **fields)
        for number in range(count)
    )


# In words


def test_the_activity_says_who_did_what_with_which_key_and_from_where(page, acme, ada, grace):
    created = api_keys.create(account=acme, by=By(grace, "203.0.113.9"), name="CRM")
    api_keys.delete(api_key=created.api_key, by=By(ada, "198.51.100.1"))

    text = page().text

    for fact in ("API key created", "API key deleted", "Grace Hopper", "CRM", created.api_key.key_id, "203.0.113.9"):
        assert fact in text
    assert text.rindex("API key deleted") < text.rindex("API key created")


def test_the_activity_of_another_account_is_not_shown(signed_in, umbrella, eve, crm):
    assert crm.api_key.key_id not in signed_in(eve).get("/accounts/umbrella/settings/activity/").text


def test_a_change_says_what_was_before_and_what_is_now(page, ada, crm):
    api_keys.change(
        api_key=crm.api_key, by=By(ada), name="Billing", networks="203.0.113.7\n10.0.0.0/8", scopes=["read-only"]
    )

    text = page().text

    assert "Renamed from “Production CRM” to “Billing”." in text
    assert "Allowed IP addresses changed from anywhere to 203.0.113.7, 10.0.0.0/8." in text
    assert "Scopes changed from full to read-only." in text


def test_a_change_says_nothing_of_what_stayed(page, ada, crm):
    api_keys.change(api_key=crm.api_key, by=By(ada), name="Billing", networks="", scopes=["full"])

    text = page().text

    assert "Renamed" in text
    assert "Allowed IP addresses changed" not in text
    assert "Scopes changed" not in text


def test_a_rotation_names_both_keys_and_says_how_long_the_old_one_works(page, ada, crm):
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1)).api_key

    text = page().text

    ends = AuditEvent.objects.get(kind="api_key.rotated").api_key.expires_at
    assert f"Replaced by {new.public_id}. The old key works until {ends.day} {ends:%b %Y, %H:%M} UTC." in text
    assert "Replaces" not in text
    assert f"Replaces {crm.api_key.public_id}." in page(key=new.key_id).text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, ["api_key.rotated", "api_key.created", "account.created"]),
        ({"kind": "api_key.created"}, ["api_key.created", "api_key.created"]),
    ],
)
def test_a_rotation_is_one_event_unless_its_kind_is_asked_for(page, ada, crm, query, shown):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))

    assert kinds(page(**query)) == shown


def test_events_are_grouped_by_the_readers_day(page, acme):
    now = timezone.localtime()
    for days in (0, 0, 1, 40, 800):
        AuditEvent.objects.create(account=acme, kind="api_key.created", at=now - timedelta(days=days))

    headings = re.findall(r"<h3[^>]*>([^<]*)</h3>", page().text)

    months_ago, years_ago = now - timedelta(days=40), now - timedelta(days=800)
    this_year = "" if months_ago.year == now.year else f" {months_ago.year}"
    assert headings == [
        f"Today, {now:%A} {now.day} {now:%B}",
        f"Yesterday, {now - timedelta(days=1):%A} {(now - timedelta(days=1)).day} {now - timedelta(days=1):%B}",
        f"{months_ago:%A} {months_ago.day} {months_ago:%B}{this_year}",
        f"{years_ago:%A} {years_ago.day} {years_ago:%B} {years_ago.year}",
    ]


def test_a_rotation_without_grace_says_that_the_old_key_ended(page, ada, crm):
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(0)).api_key

    assert f"Replaced by {new.public_id}. Stopped working immediately." in page().text


def test_a_key_deleted_by_the_next_rotation_says_why(page, acme, ada, crm):
    log(acme, 1)
    AuditEvent.objects.create(account=acme, kind="api_key.deleted", details={"name": "CRM", "after_rotation": "ok_x"})

    assert "It had already stopped working when the key that replaced it was rotated." in page().text


def test_an_account_that_was_renamed_says_what_it_was_called(page, acme, ada):
    accounts.rename(account=acme, by=By(ada), name="Acme Logistics")

    assert "Renamed from “Acme” to" in page().text


def test_events_without_a_person_name_the_system_or_the_key(page, acme, crm):
    AuditEvent.objects.create(account=acme, kind="api_key.rotated", by_key=True, api_key=crm.api_key)

    events = page().text.rpartition("</select>")[2]

    assert "API key" in events
    assert "The system" in events


def test_an_event_leads_to_the_others_of_its_key(signed_in, ada, crm):
    client = signed_in(ada)

    link = f"{ACTIVITY}?key={crm.api_key.key_id}"

    assert f'href="{link}"' in client.get(ACTIVITY).text
    assert kinds(client.get(link)) == ["api_key.created"]


# Narrowed


def test_events_of_one_key_are_found_when_it_is_deleted_too(page, acme, ada, crm):
    api_keys.create(account=acme, by=By(ada), name="Billing")
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    response = page(key=crm.api_key.key_id)

    assert kinds(response) == ["api_key.deleted", "api_key.created"]
    assert "Billing" not in response.text[response.text.index('<li class="event') :]


def test_the_25_keys_deleted_last_are_offered_and_any_other_by_its_link(page, acme, crm):
    alike = {"account": acme, "name": "Old", "folded_name": "old"}
    deleted = [ApiKey(key_id=f"{n:012}", deleted_at=timezone.now() - timedelta(days=n), **alike) for n in range(1, 31)]
    ApiKey.objects.bulk_create(reversed(deleted))
    latest = [key.key_id for key in deleted[:25]]

    assert offered(page()) == [crm.api_key.key_id, *latest]
    assert offered(page(key=deleted[29].key_id)) == [crm.api_key.key_id, *latest, deleted[29].key_id]


def offered(response) -> list[str]:
    """The IDs of the keys to choose from."""
    choice = response.text.split('name="key"')[1].split("</select>")[0]
    return re.findall(r'<option value="(\w+)"', choice)


def test_events_of_one_person_are_found(page, acme, ada, grace, crm):
    api_keys.create(account=acme, by=By(grace), name="Billing")

    assert [event.actor for event in page(person=grace.pk).context["events"]] == [grace]


def test_events_of_the_system_and_of_keys_are_found(page, acme, crm):
    AuditEvent.objects.create(account=acme, kind="api_key.rotated", by_key=True, api_key=crm.api_key)

    assert kinds(page(person="system")) == ["account.created"]
    assert kinds(page(person="key")) == ["api_key.rotated"]


def test_events_of_one_kind_are_found(page, ada, crm):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    assert kinds(page(kind="api_key.paused")) == ["api_key.paused"]


def test_conditions_hold_together(page, acme, ada, grace, crm):
    billing = api_keys.create(account=acme, by=By(grace), name="Billing").api_key
    api_keys.pause(api_key=billing, by=By(grace))

    assert kinds(page(key=billing.key_id, person=grace.pk, kind="api_key.paused")) == ["api_key.paused"]
    assert kinds(page(key=billing.key_id, person=ada.pk)) == []


def test_days_are_those_of_the_persons_time_zone(signed_in, acme, ada):
    AuditEvent.objects.create(account=acme, kind="api_key.paused", at=datetime(2026, 5, 2, 18, 30, tzinfo=UTC))
    AuditEvent.objects.create(account=acme, kind="api_key.resumed", at=datetime(2026, 5, 3, 18, 29, tzinfo=UTC))
    AuditEvent.objects.create(account=acme, kind="api_key.deleted", at=datetime(2026, 5, 3, 18, 30, tzinfo=UTC))
    client = signed_in(ada)
    client.cookies["timezone"] = "Asia/Kolkata"  # five and a half hours ahead

    response = client.get(ACTIVITY, {"since": "2026-05-03", "until": "2026-05-03"})

    assert kinds(response) == ["api_key.resumed", "api_key.paused"]


def test_a_former_member_can_still_be_filtered_by(page, acme, ada, grace):
    key = api_keys.create(account=acme, by=By(ada), name="Billing").api_key
    api_keys.delete(api_key=key, by=By(grace))
    Membership.objects.get(user=grace).delete()

    response = page(person=grace.pk)

    assert kinds(response) == ["api_key.deleted"]
    assert f'<option value="{grace.pk}" selected>Grace Hopper</option>' in response.text


def test_another_accounts_key_and_people_yield_nothing_and_no_name(page, umbrella, eve, crm):
    secret = api_keys.create(account=umbrella, by=By(eve), name="Secret project").api_key

    for query in ({"key": secret.key_id}, {"person": eve.pk}, {"person": umbrella.service_user_id}):
        response = page(**query)

        assert kinds(response) == []
        assert "Secret project" not in response.text
        assert "Moneypenny" not in response.text


@pytest.mark.parametrize("field", ["key", "person", "kind", "since", "until"])
def test_what_cannot_be_asked_for_is_marked_kept_and_shows_no_events(page, crm, field):
    for value in ("x", "-1", "0", "9" * 40, "١٢", "\0", "A" * 12, "2026-02-30", "0001-01-01", "9999-12-31"):
        response = page(**{field: value})

        assert response.status_code == 200, value
        assert kinds(response) == []
        assert list(response.context["form"].errors) == [field]
        assert f'id="oncekeys_{field}_error"' in response.text
        assert response.context["form"][field].value() == value


def test_days_in_the_wrong_order_are_marked(page, crm):
    response = page(since="2026-05-03", until="2026-05-02")

    assert "The last day is before the first. Choose a later one." in response.text
    assert kinds(response) == []


# A page at a time


def test_a_long_activity_can_be_paged_through_to_its_end(signed_in, acme, ada):
    log(acme, 120)
    client, url, seen = signed_in(ada), ACTIVITY, []

    while url:
        response = client.get(url)
        seen += [event.pk for event in response.context["events"]]
        older = response.context["older"]
        url = f"{ACTIVITY}?before={older}" if older else ""

    assert seen == sorted(AuditEvent.objects.values_list("pk", flat=True), reverse=True)


def test_events_of_the_same_moment_are_neither_lost_nor_shown_twice(page, acme):
    log(acme, 120, at=timezone.now())

    first = page()
    second = page(before=first.context["older"])

    seen = [event.pk for response in (first, second) for event in response.context["events"]]
    assert len(seen) == len(set(seen)) == 100
    assert seen == sorted(seen, reverse=True)


def test_the_next_page_keeps_the_filter(signed_in, acme, ada):
    log(acme, 60, actor=ada)
    client = signed_in(ada)

    first = client.get(ACTIVITY, {"kind": "api_key.created", "person": ada.pk})
    link = f"?kind=api_key.created&amp;person={ada.pk}&amp;before={first.context['older']}"

    assert f'href="{link}" rel="next"' in first.text
    assert len(kinds(client.get(ACTIVITY + link.replace("&amp;", "&")))) == 10


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "١٢", "1.", ".1", "\0", f"{'9' * 16}.{'9' * 18}"])
def test_a_cursor_that_is_none_shows_the_first_page(page, crm, before):
    assert kinds(page(before=before)) == ["api_key.created", "account.created"]


def test_the_number_of_queries_does_not_grow_with_the_log(signed_in, acme, ada, crm):
    client = signed_in(ada)
    client.get(ACTIVITY)  # the first of a session writes that there is one

    with CaptureQueriesContext(connection) as few:
        client.get(ACTIVITY)
    log(acme, 60, actor=ada, api_key=crm.api_key)
    with CaptureQueriesContext(connection) as many:
        client.get(ACTIVITY)

    assert len(many) == len(few)


# As a file


def test_the_file_has_every_event_with_its_exact_moment(exported, acme, ada, crm):
    AuditEvent.objects.create(
        account=acme, kind="api_key.paused", at=datetime(2030, 5, 3, 4, 5, 6, 789, tzinfo=UTC), actor=ada,
        api_key=crm.api_key, address="203.0.113.9", details={"name": "Zürich"},
    )  # fmt: skip

    rows = exported()

    assert [row["event"] for row in rows] == ["api_key.paused", "api_key.created", "account.created"]
    assert rows[0] == {
        "time": "2030-05-03T04:05:06.000789Z",
        "event": "api_key.paused",
        "who": "Ada Lovelace",
        "email": "ada@acme.example",
        "key_name": "Zürich",
        "key_id": crm.api_key.public_id,
        "address": "203.0.113.9",
        "details": "",
    }


def test_the_file_holds_what_the_filter_shows(exported, ada, crm):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    assert [row["event"] for row in exported(kind="api_key.paused")] == ["api_key.paused"]


def test_the_file_tells_moments_in_utc_whatever_the_persons_time_zone(signed_in, ada, crm):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))
    client = signed_in(ada)
    client.cookies["timezone"] = "Asia/Kolkata"

    rows = list(csv.DictReader(StringIO(client.post(f"{EXPORT}?kind=api_key.rotated").getvalue().decode("utf-8-sig"))))

    ends = AuditEvent.objects.get(kind="api_key.rotated").api_key.expires_at
    assert f"until {ends.day} {ends:%b %Y, %H:%M} UTC." in rows[0]["details"]


def test_the_sentences_of_the_file_are_in_the_language_of_who_takes_it(signed_in, ada, crm):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(0))
    ada.language = "de"
    ada.save()

    rows = list(csv.DictReader(StringIO(signed_in(ada).post(EXPORT).getvalue().decode("utf-8-sig"))))

    assert "Ersetzt durch" in rows[1]["details"]
    assert rows[1]["event"] == "api_key.rotated"


def test_a_streaming_file_keeps_language_and_zone_to_itself(signed_in, ada, crm):
    ada.language = "de"
    ada.save()
    sent = iter(signed_in(ada).post(EXPORT))
    before = translation.get_language(), timezone.get_current_timezone_name()

    header, rows = next(sent), next(sent)

    assert (header[3:7], b"api_key.created" in rows) == (b"time", True)
    assert (translation.get_language(), timezone.get_current_timezone_name()) == before
    assert list(sent) == []


def test_the_file_neither_loses_nor_repeats_events_of_one_moment(exported, acme, monkeypatch):
    monkeypatch.setattr(activity_export, "CHUNK", 10)
    log(acme, 24, at=timezone.now())

    assert len(exported()) == 25


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_of_the_file_can_be_a_formula(exported, acme, start):
    AuditEvent.objects.create(account=acme, kind="api_key.paused", details={"name": f'{start}cmd|"/c calc"!A1'})

    assert exported(kind="api_key.paused")[0]["key_name"] == f'\'{start}cmd|"/c calc"!A1'


def test_the_file_is_named_after_the_account_and_the_day(signed_in, acme, ada):
    response = signed_in(ada).post(EXPORT)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    day = timezone.localdate().isoformat()
    assert response.headers["Content-Disposition"] == f'attachment; filename="acme-activity-{day}.csv"'


def test_a_long_file_is_read_and_sent_in_pieces(signed_in, acme, ada, monkeypatch):
    monkeypatch.setattr(activity_export, "CHUNK", 10)
    log(acme, 24)
    response = signed_in(ada).post(EXPORT)
    pieces = iter(response.streaming_content)

    with CaptureQueriesContext(connection) as before_the_first:
        header = next(pieces)
    with CaptureQueriesContext(connection) as one_piece:
        next(pieces)
    rest = b"".join(pieces)

    assert len(before_the_first) == 0
    assert header.startswith(b"\xef\xbb\xbftime,event,who")
    assert [query["sql"].count("LIMIT 10") for query in one_piece] == [1]
    assert rest.count(b"\r\n") == 15


def test_the_page_leads_to_the_file_of_what_it_shows(page, acme, ada, crm):
    assert f'action="{EXPORT}?kind=api_key.created"' in page(kind="api_key.created").text


def test_a_file_with_an_invalid_filter_leads_to_the_page(signed_in, acme, ada):
    response = signed_in(ada).post(f"{EXPORT}?since=soon", follow=True)

    assert response.redirect_chain == [(f"{ACTIVITY}?since=soon", 302)]
    assert "Enter a valid date, such as 2026-05-31." in response.text


# After deletion


def test_a_deleted_key_that_is_still_called_is_told_with_its_callers(page, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    for address in ("203.0.113.9", "203.0.113.8", "203.0.113.7"):
        for _ in range(10):
            with committed(), pytest.raises(Refused):
                verification.verify(crm.token.reveal(), address=address)

    text = page().text

    assert "Deleted keys still in use" in text
    link = f'<a href="{KEYS}keys/{crm.api_key.key_id}/"><code>{crm.api_key.public_id}</code></a>'
    assert f"“Production CRM” ({link}), deleted <time" in text
    assert re.search(r"was still used 30 times in the last hour, from 203.0.113.\d and 2 other IP addresses\.", text)


def test_one_call_from_one_address_is_told_in_the_singular(page, ada, crm):
    called_after_deletion(crm, ada, calls=1, address="203.0.113.9")

    assert "was still used 1 time in the last hour, from 203.0.113.9." in page().text


def test_the_previous_hour_counts_in_proportion(acme, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))
    now = acme.clock()
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for hours, calls in ((0, 5), (1, 3600), (2, 9999)):
        KeyUsage.objects.create(
            api_key=crm.api_key, hour=this_hour - timedelta(hours=hours), outcome="deleted_key", calls=calls
        )

    told = deleted_keys.in_account(acme)

    share = 1 - (now - this_hour) / timedelta(hours=1)
    assert [key.api_key for key in told] == [crm.api_key]
    assert told[0].calls == pytest.approx(5 + 3600 * share, abs=10)


def test_where_a_key_was_used_before_it_was_deleted_is_not_told(page, ada, crm):
    KeyAddress.objects.create(
        api_key=crm.api_key, address="198.51.100.1", last_seen_at=timezone.now() - timedelta(minutes=1)
    )
    called_after_deletion(crm, ada, calls=2, address="203.0.113.9")

    assert "in the last hour, from 203.0.113.9." in page().text


def test_old_calls_and_refusals_of_existing_keys_are_not_listed(page, acme, ada, crm):
    called = timezone.now().replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=crm.api_key, hour=called, outcome="invalid_key", calls=7)
    gone = api_keys.create(account=acme, by=By(ada), name="Gone").api_key
    api_keys.delete(api_key=gone, by=By(ada))
    KeyUsage.objects.create(api_key=gone, hour=called, outcome="accepted", calls=7)
    KeyUsage.objects.create(api_key=gone, hour=called - timedelta(hours=3), outcome="invalid_key", calls=7)

    assert "Still called" not in page().text


def test_another_accounts_deleted_keys_are_not_told(signed_in, umbrella, eve, ada, crm):
    called_after_deletion(crm, ada, calls=2, address="203.0.113.9")

    assert "Still called" not in signed_in(eve).get("/accounts/umbrella/settings/activity/").text


def test_callers_of_deleted_keys_take_two_queries(acme, ada, crm):
    other = api_keys.create(account=acme, by=By(ada), name="Other")
    for key in (crm, other):
        called_after_deletion(key, ada, calls=2, address="203.0.113.9")

    with CaptureQueriesContext(connection) as queries:
        told = deleted_keys.in_account(acme)

    assert (len(told), len(queries)) == (2, 2)


def called_after_deletion(key, actor, *, calls, address) -> None:
    api_keys.delete(api_key=key.api_key, by=By(actor))
    for _ in range(calls):
        with committed(), pytest.raises(Refused):
            verification.verify(key.token.reveal(), address=address)


def test_wrong_secrets_before_a_deletion_do_not_count_after_it(acme, ada, crm):
    with committed(), pytest.raises(Refused):
        verification.verify(forge(crm.api_key.public_id))

    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert deleted_keys.in_account(acme) == []


def test_the_deleted_key_that_is_called_most_stands_first(acme, ada):
    hour = acme.clock().replace(minute=0, second=0, microsecond=0)
    for name, calls in (("Rare", 3), ("Busy", 300)):
        key = api_keys.create(account=acme, by=By(ada), name=name).api_key
        api_keys.delete(api_key=key, by=By(ada))
        KeyUsage.objects.create(api_key=key, hour=hour, outcome="deleted_key", calls=calls)

    assert [told.api_key.name for told in deleted_keys.in_account(acme)] == ["Busy", "Rare"]


def test_excel_knows_the_file_is_utf_8(signed_in, acme, ada):
    api_keys.create(account=acme, by=By(ada), name="Café مفتاح 鍵")

    content = signed_in(ada).post(EXPORT).getvalue()

    assert content.startswith(b"\xef\xbb\xbftime,event,")
    assert content.count(b"\xef\xbb\xbf") == 1
    assert "Café مفتاح 鍵" in content.decode("utf-8-sig")


def test_a_script_reads_the_file_as_documented(signed_in, crm, ada, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "activity.csv").write_bytes(signed_in(ada).post(EXPORT).getvalue())

    exec(EXAMPLES["activity-csv"])

    assert f"Z api_key.created Production CRM {crm.api_key.public_id}" in capsys.readouterr().out


def test_a_script_that_does_not_expect_the_mark_still_has_every_row(signed_in, crm, ada):
    reader = csv.DictReader(StringIO(signed_in(ada).post(EXPORT).getvalue().decode("utf-8")))

    rows = list(reader)

    assert reader.fieldnames[1:] == ["event", "who", "email", "key_name", "key_id", "address", "details"]
    assert [row["event"] for row in rows] == ["api_key.created", "account.created"]
