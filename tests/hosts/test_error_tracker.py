"""Events for an error tracker contain no key, whether the request, the code or the log had it."""

import base64
from pathlib import Path

import pytest
from sentry_sdk.envelope import Envelope, Item

from dev.disguises import holds, secret_of
from tests.soon import soon

pytestmark = pytest.mark.xdist_group("shop")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sent")


@pytest.fixture(scope="module", params=["wsgi", pytest.param("asgi", marks=pytest.mark.full)])
def site(request, shop, folder):
    with shop.server(request.param, SENT=str(folder)) as client:
        yield client


@pytest.fixture
def key(keys) -> str:
    return keys.acme


@pytest.fixture
def sent(folder):
    """Return the sent items of a kind: `sent("event")`. It waits until there are some."""
    for old in folder.iterdir():
        old.unlink(missing_ok=True)  # the transport may move it meanwhile

    def sent(kind: str) -> bytes:
        return soon(lambda: b"\n".join(item.get_bytes() for item in items(folder) if item.type == kind))

    return sent


def items(folder: Path) -> list[Item]:
    whole = [file for file in folder.iterdir() if not file.name.startswith(".")]
    return [item for file in whole for item in Envelope.deserialize(file.read_bytes()).items]


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def public_id(key: str) -> bytes:
    return key.rpartition("_")[0].encode()


PRESENTED = {
    "API-Key": lambda key: {"API-Key": key},
    "X-API-Key": lambda key: {"X-API-Key": key},
    "Bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "Basic": lambda key: {"Authorization": basic(f"{key}:")},
    "elsewhere too": lambda key: {"API-Key": key, "X-Authorization": basic(f"me:{key}"), "Cookie": f"k={key}"},
}
FULL = pytest.mark.full
FAILING = {"decorator": "/fails/", "async decorator": "/fails/async/", "Django REST framework": "/fails/drf/"}


@pytest.mark.parametrize(
    ("door", "present"),
    [
        pytest.param(path, PRESENTED[way], id=f"{door}-{way}", marks=() if alike or way == "elsewhere too" else FULL)
        for (door, path), alike in zip(FAILING.items(), (True, False, False), strict=True)
        for way in PRESENTED
    ],
)
def test_an_error_report_holds_no_key(site, key, sent, present, door):
    answer = site.post(f"{door}{key}?key={key}", headers=present(key), json={"note": key, key: [key]})

    assert answer.status_code == 500
    report = sent("event")
    assert b"LookupError" in report
    assert public_id(key) in report
    assert not holds(report, secret_of(key))


@pytest.mark.parametrize("present", PRESENTED.values(), ids=PRESENTED)
def test_a_trace_holds_no_key(site, key, sent, present):
    answer = site.post(f"/works/{key}?key={key}", headers=present(key), json={"note": key})

    assert answer.status_code == 200
    trace = sent("transaction")
    assert public_id(key) in trace
    assert not holds(trace, secret_of(key))


def test_a_tracked_log_holds_no_key(site, key, sent):
    site.post(f"/fails/{key}", headers={"API-Key": key})

    log = sent("log")
    assert public_id(key) in log
    assert not holds(log, secret_of(key))


def test_a_report_about_a_refused_key_holds_none_of_it(site, key, sent):
    answer = site.get(f"/works/{key[:-1]}", headers={"API-Key": key[:-1]})

    assert answer.status_code == 401
    assert not holds(sent("transaction"), secret_of(key))
