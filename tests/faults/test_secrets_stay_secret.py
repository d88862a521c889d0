"""A stolen database, log, session, cache or mail holds no usable key."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import httpx
import pytest
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from accounts.services import site_accounts
from dev.disguises import holds, secret_of
from dev.redis_server import running_redis
from dev.servers import ROOT, running_server, site_environment

KEY = re.compile(r"ok_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")
CSRF_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
ACCOUNTS = 2
KEYS = 25  # in each of them
BETWEEN_MAILS = b"\n" + b"-" * 79 + b"\n"


@pytest.mark.django_db(transaction=True)
def test_no_trace_of_a_key_is_left_in_database_log_sessions_cache_or_mail(session_of, tmp_path, static_files, repeated):
    creations = repeated(KEYS)
    owner = None
    for number in range(ACCOUNTS):
        owner = site_accounts.create(name=f"Acme {number}", owner_email="ada@acme.example").memberships.get().user

    with running_redis(tmp_path) as redis:
        # Low enough for wrong keys to be counted in Redis, and not only in the process.
        limit = {"ONCEKEYS_FAILURES_PER_MINUTE": str(3 * ACCOUNTS * creations)}
        elsewhere = {"CACHE_URL": redis, "EMAIL_URL": f"file:///{tmp_path / 'mail'}", **limit}
        with running_server(tmp_path / "log", LOG_LEVEL="DEBUG", DEBUG="true", **elsewhere) as server:
            keys = [
                key
                for number in range(ACCOUNTS)
                for key in create(server, session_of(owner), f"acme-{number}", creations)
            ]
            for key in keys:
                assert server.test(key).status_code == 200
                assert server.test(key[:-1]).status_code == 401
        cache = cache_dump(redis)

    waiting = database_dump()
    sent = [sys.executable, "manage.py", "send_emails", "--once"]
    subprocess.run(sent, cwd=ROOT, env={**site_environment(), **elsewhere}, check=True)
    log, mails = server.log.read_bytes(), list(mails_in(tmp_path / "mail"))
    assert len(set(keys)) == len(mails) == ACCOUNTS * creations
    assert len(log) > 10_000, "the log is at debug level"
    places = {"outbox": waiting, "database": database_dump(), "log": log, "sessions": sessions_dump(), "cache": cache}
    places["mail"] = b"\n".join(map(as_read, mails))
    found = [(name, key[:20]) for name, content in places.items() for key in keys if holds(content, secret_of(key))]
    assert found == []


def create(server, cookies, slug, count):
    url = f"/accounts/{slug}/settings/integrations/apis-webhooks/keys/new/"
    with server.client(cookies=cookies) as http:
        for number in range(count):
            token = CSRF_FIELD.findall(http.get(url).text)[0]
            form = {"name": f"Key {number}", "environment": "production", "csrfmiddlewaretoken": token}
            yield whole_key(http.post(url, data=form))


def whole_key(response: httpx.Response) -> str:
    """The page sets the key id off from the rest, so the tags have to go first."""
    return KEY.findall(re.sub(r"<[^>]+>", "", response.text))[0]


def database_dump() -> bytes:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)) for row in cursor]
    return "\n".join(rows).encode()


def sessions_dump() -> bytes:
    sessions = list(Session.objects.all())
    assert sessions
    return repr([session.get_decoded() for session in sessions]).encode()


def cache_dump(url: str) -> bytes:
    """Every entry's name and value, as Redis has them."""
    with Redis.from_url(url) as redis:
        entries = {name: redis.get(name) for name in redis.scan_iter()}
    assert entries
    return repr(entries).encode()


def mails_in(folder: Path) -> Iterator[Message]:
    for file in folder.iterdir():
        yield from map(message_from_bytes, file.read_bytes().split(BETWEEN_MAILS)[:-1])


def as_read(mail: Message) -> bytes:
    """Return its headers and texts as they were sent, and as people read them."""
    texts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    return b"\n".join([mail.as_bytes(), *(text for text in texts if isinstance(text, bytes))])


@given(st.binary(max_size=9), st.binary(min_size=43, max_size=43), st.binary(max_size=9))
def test_the_search_finds_a_secret_in_each_of_its_disguises(before, secret, after):
    whole = before + secret + after

    assert holds(whole, secret)
    assert holds(whole.hex().encode(), secret)
    assert holds(base64.b64encode(whole), secret)
    assert holds("".join(f"%{byte:02X}" for byte in whole).encode(), secret)


def test_the_search_finds_a_secret_that_a_mail_breaks_into_lines(tmp_path):
    secret = b"7Fh2k9QxYz12" * 3 + b"7Fh2k9Q"
    text = "x" * 1100 + secret.decode()
    with EmailBackend(file_path=tmp_path) as mailbox:
        mailbox.send_messages([EmailMessage("A key", text, "no-reply@acme.example", ["ada@acme.example"])])

    [mail] = mails_in(tmp_path)

    assert not holds(mail.as_bytes(), secret)
    assert holds(as_read(mail), secret)
