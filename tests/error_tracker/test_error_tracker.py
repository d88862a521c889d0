"""What an error tracker is sent holds no key, wherever the request, the code or the log had it."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from sentry_sdk.envelope import Envelope, Item

from accounts.services import api_keys
from tests.faults.test_secrets_stay_secret import holds, secret_of
from tests.servers import Server, running_server
from tests.soon import soon

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sent")


@pytest.fixture(scope="module")
def tracked(folder, django_db_setup, django_db_blocker, static_files, tmp_path_factory) -> Iterator[Server]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.error_tracker.settings", "SENT": str(folder)}
    with django_db_blocker.unblock(), running_server(tmp_path_factory.mktemp("server") / "log", **settings) as server:
        yield server


@pytest.fixture
def sent(folder):
    """What was sent of a kind: `sent("event")`. It waits until there is some."""
    for old in folder.iterdir():
        old.unlink()

    def sent(kind: str) -> bytes:
        return soon(lambda: b"\n".join(item.get_bytes() for item in items(folder) if item.type == kind))

    return sent


def items(folder: Path) -> list[Item]:
    whole = [file for file in folder.iterdir() if not file.name.startswith(".")]
    return [item for file in whole for item in Envelope.deserialize(file.read_bytes()).items]


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


PRESENTED = {
    "API-Key": lambda key: {"API-Key": key},
    "X-API-Key": lambda key: {"X-API-Key": key},
    "Bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "Basic": lambda key: {"Authorization": basic(f"{key}:")},
    "elsewhere too": lambda key: {
        "API-Key": key,
        "X-Forwarded-Authorization": basic(f"me:{key}"),
        "Cookie": f"k={key}",
    },
}


@pytest.mark.parametrize("present", PRESENTED.values(), ids=PRESENTED)
def test_an_error_report_holds_no_key(crm: api_keys.NewKey, tracked, sent, present):
    key = crm.token.reveal()

    answer = tracked.http.post(f"/fails/{key}?key={key}", headers=present(key), json={"note": key, key: [key]})

    assert answer.status_code == 500
    report = sent("event")
    assert b"LookupError" in report
    assert crm.api_key.public_id.encode() in report
    assert not holds(report, secret_of(key))


@pytest.mark.parametrize("present", PRESENTED.values(), ids=PRESENTED)
def test_a_trace_holds_no_key(crm: api_keys.NewKey, tracked, sent, present):
    key = crm.token.reveal()

    answer = tracked.http.post(f"/works/{key}?key={key}", headers=present(key), json={"note": key})

    assert answer.status_code == 200
    trace = sent("transaction")
    assert crm.api_key.public_id.encode() in trace
    assert not holds(trace, secret_of(key))


def test_a_tracked_log_holds_no_key(crm: api_keys.NewKey, tracked, sent):
    key = crm.token.reveal()

    tracked.http.post(f"/fails/{key}", headers={"API-Key": key})

    log = sent("log")
    assert crm.api_key.public_id.encode() in log
    assert not holds(log, secret_of(key))


def test_a_report_about_a_refused_key_holds_none_of_it(crm: api_keys.NewKey, tracked, sent):
    mistyped = crm.token.reveal()[:-1]

    answer = tracked.http.get(f"/works/{mistyped}", headers={"API-Key": mistyped})

    assert answer.status_code == 401
    assert not holds(sent("transaction"), secret_of(crm.token.reveal()))
