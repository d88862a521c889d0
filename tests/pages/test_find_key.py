"""Check a leaked key, as a browser without JavaScript and htmx see it."""

import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from accounts.models import User
from oncekeys import conf
from oncekeys.keys.token import Token
from oncekeys.models import ApiKey
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.pages import HTMX, KEYS, words

pytestmark = pytest.mark.django_db

FIND = f"{KEYS}keys/find/"
both_frames = pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])


def find(desk, text, **options):
    return desk.post(FIND, {"key": text}, **options)


def secret_of(key: str) -> str:
    return key[-49:-6]


@both_frames
def test_a_key_of_the_account_is_named_and_can_be_deleted_there_and_then(desk, crm, headers):
    response = find(desk, f"API_KEY={crm.token.reveal()}", headers=headers)

    assert response.status_code == 200
    facts = ("Key found", "Production CRM", crm.api_key.public_id, "Production", "Not used yet", "Last used", "Never")
    assert [fact for fact in facts if fact not in words(response)] == []
    assert reverse("oncekeys:api_key", args=["acme", crm.api_key.key_id]) in response.text
    assert reverse("oncekeys:api_key_delete", args=["acme", crm.api_key.key_id]) in response.text
    assert ("hx-get" in response.text) == bool(headers)


@pytest.mark.parametrize(
    ("fields", "standing"),
    [({"expires_at": timezone.now()}, "Expired"), ({"paused_at": timezone.now()}, "Paused")],
)
def test_a_key_that_does_not_work_is_named_all_the_same(desk, crm, fields, standing):
    ApiKey.objects.update(**fields)

    response = find(desk, crm.token.reveal())

    assert f">{standing}</span>" in response.text
    assert "Production CRM" in words(response)


def test_an_old_key_says_whether_the_new_one_is_in_use(desk, ada, crm):
    rotation.rotate(api_key=crm.api_key, by=By(ada), grace=timedelta(hours=1))

    page = words(find(desk, crm.token.reveal()))

    assert "Switch your application to the new key, then delete this one." in page
    assert "New key: not used yet." in page


def test_a_leaked_key_that_works_is_rotated_first(desk, crm):
    page = find(desk, crm.token.reveal())
    rotate = reverse("oncekeys:api_key_rotate", args=["acme", crm.api_key.key_id])

    assert "Anyone who has seen this key can use it. Rotate it now, or delete it." in words(page)
    assert f'href="{rotate}?grace=0"' in page.text
    radios = re.findall(r'<input[^>]*name="grace"[^>]*>', desk.get(f"{rotate}?grace=0").text)
    assert [re.findall(r'value="(\d+)"', radio) for radio in radios if "checked" in radio] == [["0"]]


def test_a_deleted_key_is_known_by_its_id(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    response = find(desk, crm.token.reveal())

    assert re.search(r"The key with this ID was deleted on \d+ \w+ \d+, so it no longer works\.", words(response))
    assert "We could only compare its ID" in words(response)
    assert reverse("oncekeys:api_key_delete", args=["acme", crm.api_key.key_id]) not in response.text


@both_frames
def test_another_accounts_key_looks_unknown(desk, umbrella, eve, headers):
    theirs = api_keys.create(account=umbrella, by=By(eve), name="Theirs")
    gone = api_keys.create(account=umbrella, by=By(eve), name="Gone")
    api_keys.delete(api_key=gone.api_key, by=By(eve))

    answers = {
        without_csrf_token(find(desk, key.reveal(), headers=headers))
        for key in (theirs.token, gone.token, Token.mint("live"), Token.mint("test"))
    }

    (answer,) = answers
    assert "This key doesn’t belong to Acme".encode() in answer


def without_csrf_token(response) -> bytes:
    """Return status, headers and body, without the token that is masked again for each response."""
    body = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)
    # The date of the cookie, to the second, and the number of each request.
    differ = {"Expires", "Date", "X-Request-ID"}
    headers = {name: value for name, value in response.headers.items() if name not in differ}
    return repr((response.status_code, sorted(headers.items()))).encode() + body


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste the key you found."),
        ("   ", "Paste the key you found."),
        ("hello", "A key begins with ok_live_ or ok_test_ and has 70 characters."),
        ("ok_live_7Fh2k9QxYz12_abc", "This isn’t a complete key."),
        (f"{Token.mint('live').reveal()} {Token.mint('live').reveal()}", "Paste one at a time."),
        ("x" * 30_000, "This is too much text."),
    ],
    ids=["nothing", "blank", "no key", "truncated", "two", "a book"],
)
def test_what_cannot_be_checked_is_422_with_a_sentence_in_an_empty_field(desk, acme, text, sentence):
    response = find(desk, text)

    assert response.status_code == 422
    assert sentence in words(response)
    assert re.search(r'<input type="text" name="key"', response.text)
    assert " value=" not in re.search(r'<input type="text" name="key"[^>]*>', response.text)[0]


def test_the_answer_is_in_the_language_of_the_page(desk, acme, ada):
    User.objects.filter(pk=ada.pk).update(language="de")

    answer = words(find(desk, "hello"))

    assert "beginnt mit ok_live_ oder ok_test_" in answer


def test_guessing_is_slowed_down(desk, acme, monkeypatch):
    monkeypatch.setattr(conf, "failures_per_minute", lambda: 2)

    answers = [find(desk, Token.mint("live").reveal()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert "Too many wrong keys came from your IP address." in words(answers[-1])


def test_the_field_asks_browsers_to_keep_nothing(desk, acme):
    field = re.search(r'<input type="text" name="key"[^>]*>', desk.get(FIND).text)[0]

    assert 'autocomplete="off"' in field
    assert 'spellcheck="false"' in field


def test_a_key_in_the_address_is_not_looked_at(desk, crm):
    response = desk.get(FIND, {"key": crm.token.reveal()})

    assert response.status_code == 200
    assert "Production CRM" not in words(response)
    assert "no-store" in response.headers["Cache-Control"]


@both_frames
def test_nothing_of_the_key_stays_anywhere(desk, crm, headers, caplog):
    key = crm.token.reveal()
    caplog.set_level(logging.DEBUG)

    answers = [
        find(desk, text, headers=headers)
        for text in (key, key[:-1], f"{key} {Token.mint('live').reveal()}", Token.mint("live").reveal())
    ]

    for answer in answers:
        assert "no-store" in answer.headers["Cache-Control"]
        assert secret_of(key) not in answer.text
        assert secret_of(key) not in repr([layer.flatten() for layer in answer.context])
        assert "form" not in answer.context or secret_of(key) not in repr(vars(answer.context["form"]))
    assert secret_of(key) not in repr(dict(desk.session))
    assert secret_of(key) not in repr(desk.cookies)
    assert secret_of(key) not in caplog.text


def test_the_report_of_a_failure_does_not_hold_the_key(signed_in, ada, crm, break_lookups):
    break_lookups(RuntimeError)
    key, reports = crm.token.reveal(), []

    class Reporting(logging.Handler):
        def emit(self, record):
            reports.append(ExceptionReporter(record.request, *record.exc_info).get_traceback_html())

    logger, handler = logging.getLogger("django.request"), Reporting()
    logger.addHandler(handler)
    desk = signed_in(ada)
    desk.raise_request_exception = False
    response = find(desk, f"API_KEY={key}")
    logger.removeHandler(handler)

    assert response.status_code == 500
    (report,) = reports
    assert "RuntimeError" in report
    assert secret_of(key) not in report


def test_without_a_database_the_page_says_to_try_again(desk, crm, break_lookups):
    break_lookups()

    response = find(desk, crm.token.reveal())

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert secret_of(crm.token.reveal()) not in response.text


# Only the ID of a key


@pytest.mark.parametrize(
    "text",
    ["{}", " {} ", "{}_…", "{}_...", "{}_***", "GET /orders key={} 401", "{bare}", '"id": "{bare}",', "{}\n{}_…"],
    ids=["alone", "spaces", "masked", "dots", "stars", "in a log", "without its beginning", "in JSON", "twice"],
)
def test_an_id_alone_names_the_key_and_says_that_no_one_can_use_it(desk, crm, text):
    shown = crm.api_key.public_id

    response = find(desk, text.format(shown, shown, bare=crm.api_key.key_id))

    assert response.status_code == 200
    for fact in ("Key found", "Production CRM", shown, "Not used yet", "No one can use an ID by itself."):
        assert fact in words(response)
    assert "Anyone who has seen this key can use it." not in words(response)
    assert reverse("oncekeys:api_key", args=["acme", crm.api_key.key_id]) in response.text


def test_the_id_of_a_deleted_key_is_known(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    page = words(find(desk, crm.api_key.public_id))

    assert "This key was deleted" in page
    assert "No one can use an ID by itself." in page


@both_frames
def test_another_accounts_key_id_looks_unknown(desk, umbrella, eve, crm, headers):
    theirs = api_keys.create(account=umbrella, by=By(eve), name="Theirs")
    wrong_environment = crm.api_key.public_id.replace("live", "test")

    (answer,) = {
        without_csrf_token(find(desk, text, headers=headers))
        for text in (theirs.api_key.public_id, Token.mint("live").masked, wrong_environment)
    }

    assert b"Acme has no key with this ID." in answer
    assert b"No one can use an ID by itself." in answer


def test_the_start_of_a_secret_is_more_than_an_id(desk, crm):
    response = find(desk, crm.token.reveal()[:30])

    assert response.status_code == 422
    assert "No one can use" not in words(response)
