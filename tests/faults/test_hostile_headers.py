"""Whatever bytes a client puts into its headers: no error of ours, no way in, and no trace of a key in the log."""

import base64
import random
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from dev.servers import running_server
from oncekeys.keys.token import ALPHABET, CHECKSUM_LENGTH, checksum
from tests.faults.test_secrets_stay_secret import holds, secret_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("hostile")]

REQUESTS = 500
SEED = 20_261_123
# Long enough that it does not turn up by chance, short enough to find a key of which little is left.
TRACE_LENGTH = 16
REFUSED = {None, 400, 401, 431}


class Answer(NamedTuple):
    status: int | None  # None where the server closed the connection without a word
    content: bytes


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker, static_files, tmp_path_factory):
    log = tmp_path_factory.mktemp("hostile") / "log"
    options = {"LOG_LEVEL": "DEBUG", "ONCEKEYS_FAILURES_PER_MINUTE": "1000000"}
    with django_db_blocker.unblock(), running_server(log, **options) as server:
        yield server


def test_500_hostile_headers_find_no_way_in_and_leave_no_trace(site, crm):
    key = crm.token.reveal()
    attacks = hostile_headers(key)

    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(lambda number: ask(site, attacks[number], number), range(REQUESTS)))

    statuses = Counter(answer.status for answer in answers)
    assert [(status, attacks[n][:90]) for n, (status, _) in enumerate(answers) if status not in REFUSED] == []
    assert statuses[401] > REQUESTS / 2, "most of them get past the server and meet our own code"
    traces = traces_of(key)
    assert [attacks[n][:60] for n in range(REQUESTS) if leaks(answers[n].content, traces)] == []
    assert not leaks(site.log.read_bytes(), traces)
    assert site.test(key).status_code == 200


def test_a_key_in_the_wrong_place_is_logged_by_its_id_alone(site, crm):
    key = crm.token.reveal()
    names = ("Referer", "Origin", "X-CSRFToken", "HX-Current-URL", "User-Agent")
    everywhere = {**dict.fromkeys(names, key), "Cookie": f"sessionid={key}; csrftoken={key}; timezone={key}"}

    with site.client(headers=everywhere) as client:
        client.get(f"/api/v1/{key}")
        client.get(f"/nothing/{key}")
        client.get(f"/nothing/{quote(key).replace('_', '%5F')}/")
        client.get("/api/v1/test", params={"api_key": key}, headers={"Host": key})
        client.post("/login/", data={"login": key, "password": key})

    log = site.log.read_bytes()
    assert f"Not Found: /nothing/{crm.token.masked}".encode() in log
    assert not leaks(log, traces_of(key))


@pytest.mark.parametrize(
    "headers",
    [
        "API-Key: {key}\r\nAPI-Key: {key}\r\n",
        "API-Key: {key}\r\napi-key: other\r\n",
        "API-Key: {key}\r\nAPI-Key:\r\n",
        "API-Key:\r\nAPI-Key: {key}\r\n",
        "X-API-Key: {key}\r\nX-API-Key: {key}\r\n",
        "Authorization: Bearer {key}\r\nAuthorization: Bearer {key}\r\n",
        "Authorization: Basic Og==\r\nAuthorization: Bearer {key}\r\n",
        "API-Key: {key}\r\nX-API-Key: {key}\r\n",
    ],
)
def test_two_credentials_on_the_wire_are_ambiguous(site, crm, headers):
    answer = ask(site, headers.format(key=crm.token.reveal()).encode())

    assert answer.status == 400
    assert b'"code": "ambiguous_credentials"' in answer.content


def hostile_headers(key: str) -> list[bytes]:
    """Header lines, each another attack, the same for the same key in every run."""
    dice = random.Random(SEED)
    attacks: dict[bytes, None] = {}
    while len(attacks) < REQUESTS:
        attacks[ATTACKS[len(attacks) % len(ATTACKS)](dice, key)] = None
    return list(attacks)


def ask(site, headers: bytes, number: int = 0) -> Answer:
    """The answer to exactly these bytes: every HTTP client would refuse to send some of them."""
    url = urlsplit(site.url)
    path = ("/api/v1/test", "/api/v1/verify")[number % 2]
    host = b"" if headers.startswith(b"Host:") else f"Host: {url.netloc}\r\n".encode()
    head = f"GET {path} HTTP/1.1\r\nConnection: close\r\n".encode() + host
    content = b""
    with socket.create_connection((url.hostname, url.port), timeout=30) as connection:
        # A server that has seen enough closes while we are still sending.
        with suppress(ConnectionError):
            connection.sendall(head + headers + b"\r\n")
        with suppress(ConnectionError):
            while piece := connection.recv(65_536):
                content += piece
    return Answer(int(content.split(b" ", 2)[1]) if content else None, content)


def traces_of(key: str) -> list[bytes]:
    secret = secret_of(key)
    return [secret[start : start + TRACE_LENGTH] for start in range(0, len(secret) - TRACE_LENGTH + 1, 3)]


def leaks(content: bytes, traces: list[bytes]) -> bool:
    folded = content.lower()
    return any(holds(content, trace) or trace.lower() in folded for trace in traces)


# The attacks. Each takes dice and a working key, and returns header lines that must not let anyone in.

NAMES = [b"API-Key: ", b"X-API-Key: ", b"Authorization: Bearer ", b"api-key: ", b"AUTHORIZATION: bearer "]


def presented(dice: random.Random, value: bytes) -> bytes:
    return dice.choice(NAMES) + value + b"\r\n"


def one_character_off(dice: random.Random, key: str) -> bytes:
    place = dice.randrange(len(key))
    other = dice.choice([letter for letter in ALPHABET if letter != key[place]])
    return presented(dice, (key[:place] + other + key[place + 1 :]).encode())


def wrong_secret_with_a_right_checksum(dice: random.Random, key: str) -> bytes:
    body = key[:-CHECKSUM_LENGTH]
    place = dice.randrange(len("ok_live_"), len(body))
    other = dice.choice([letter for letter in ALPHABET if letter != body[place]])
    forged = body[:place] + other + body[place + 1 :]
    return presented(dice, (forged + checksum(forged)).encode())


def part_of_it(dice: random.Random, key: str) -> bytes:
    start = dice.choice([0, 0, dice.randrange(1, len(key))])
    return presented(dice, key[start : dice.randrange(start, len(key))].encode())


def rearranged(dice: random.Random, key: str) -> bytes:
    letters = list(key)
    dice.shuffle(letters)
    return presented(
        dice,
        dice.choice(
            [key.upper(), key.lower(), key.swapcase(), key[::-1], key * dice.randrange(2, 50), "".join(letters)]
        ).encode(),
    )


def surrounded(dice: random.Random, key: str) -> bytes:
    """A key with one byte or a few more than belong to it. White space at an end does not count in HTTP."""
    piece = dice.choice([bytes([dice.choice([0, *range(1, 9), *range(11, 32), *range(33, 256)])]), *EXTRAS])
    return presented(dice, dice.choice([key.encode() + piece, piece + key.encode(), piece + key.encode() + piece]))


EXTRAS = [
    b"%00",
    b"%0d%0a",
    b"\\0",
    b"\\n",
    b'"',
    b"'",
    b",",
    b";",
    b"\xc2\xa0",
    b"\xe2\x80\x8b",
    b"\xef\xbb\xbf",
    b"\x00" * 99,
]


def random_bytes(dice: random.Random, key: str) -> bytes:
    return presented(dice, dice.randbytes(dice.choice([1, 2, 8, 71, 500, 9_000])))


def random_text(dice: random.Random, key: str) -> bytes:
    """Return text from every plane of Unicode, in some encoding."""
    characters = (chr(dice.randrange(0x80, 0xD800)) for _ in range(dice.choice([1, 20, 71, 400])))
    return presented(dice, "".join(characters).encode(dice.choice(["utf-8", "utf-16", "utf-32", "utf-7"])))


def look_alike(dice: random.Random, key: str) -> bytes:
    return presented(
        dice,
        dice.choice(
            [
                key.replace("o", "\u043e", 1),  # Cyrillic
                key.replace("_", "\uff3f"),  # full width
                "".join(chr(ord(letter) + 0xFEE0) for letter in key),
                "\u202e" + key,
                key[: dice.randrange(1, len(key))] + "\u200d" + key,
                key + "\u0301" * dice.randrange(1, 300),
            ]
        ).encode(),
    )


def encoded(dice: random.Random, key: str) -> bytes:
    return presented(
        dice,
        dice.choice(
            [
                key.encode("utf-16"),
                key.encode("utf-32"),
                key.encode().hex().encode(),
                base64.b64encode(key.encode()),
                quote(key, safe="").replace("_", "%5F").encode(),
                "".join(f"%{byte:02x}" for byte in key.encode()).encode(),
                "".join(f"&#{ord(letter)};" for letter in key).encode(),
                f"=?utf-8?b?{base64.b64encode(key.encode()).decode()}?=".encode(),
                f'"{key}"'.encode(),
                f"key={key}".encode(),
                f'{{"key": "{key}"}}'.encode(),
            ]
        )
        + dice.choice([b"", b"=", b"\x80"]),
    )


def injection(dice: random.Random, key: str) -> bytes:
    # A line break ends the header, so that before one a whole key would be a right one.
    before = dice.choice(["", "!" + key, key[:20], key[:-1]]).encode()
    return presented(
        dice, before + dice.choice(INJECTIONS) + dice.choice([b"", b" ", b"x" * dice.randrange(1, 300)]) + b"!"
    )


INJECTIONS = [
    b"' OR '1'='1",
    b"'; DROP TABLE oncekeys_apikey; --",
    b'" UNION SELECT secret_hash FROM oncekeys_apikey --',
    b"%' AND pg_sleep(5) --",
    b"\r\nX-Injected: yes",
    b"\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n",
    b"\nSet-Cookie: sessionid=1",
    b"\r Folded: yes",
    b"\r\n folded",
    b"%s%s%s%n",
    b"{0.__class__.__mro__}",
    b"{{ 7*7 }}{% debug %}",
    b"${jndi:ldap://x/a}",
    b"$(id)`id`|id",
    b"../../../etc/passwd",
    b"<script>alert(1)</script>",
    b"\x1b[2J\x1b]0;x\x07",
    b"\x00\x00\x00",
]


def basic(dice: random.Random, key: str) -> bytes:
    secret = key.encode()
    name = dice.choice(
        [
            secret + b":" + dice.randbytes(9),
            b":" + secret,
            secret + b":" + secret,
            b"x:" + secret,
            dice.randbytes(60),
            secret + b"\x00:",
            b"\xff" + secret + b":",
            secret[:-1] + b":",
        ]
    )
    whole = base64.b64encode(name)
    return (
        b"Authorization: Basic "
        + dice.choice(
            [
                whole,
                whole + b"=",
                whole[:-3],
                b"=" * 9 + whole,
                whole + b"\x80",
                b" ".join([whole, whole]),
                secret + b":",
            ]
        )
        + b"\r\n"
    )


def huge(dice: random.Random, key: str) -> bytes:
    """Up to more than the server takes at all, which is 408 KiB."""
    size = dice.choice([4_000, 16_000, 70_000, 200_000, 400_000, 500_000]) + dice.randrange(1_000)
    content = dice.choice([b"x" * size, key.encode() * (size // len(key)), key.encode() + b"_" * size, b"(" * size])
    return dice.choice([presented(dice, content), b"Authorization: Basic " + base64.b64encode(content) + b"\r\n"])


def unknown_scheme(dice: random.Random, key: str) -> bytes:
    scheme = dice.choice(
        [
            "",
            "Bearer",
            "Token ",
            "ApiKey ",
            "Digest username=",
            "Negotiate ",
            "Bearer\t",
            "Bearer:",
            "Basic\t",
            "Bearer=",
            "\u212aey ",
            "Bearer Bearer ",
            "AWS4-HMAC-SHA256 Credential=",
        ]
    )
    return f"Authorization: {scheme}{key}{dice.choice(['', ' ', ' x', '=', ':'])}\r\n".encode()


def more_than_one(dice: random.Random, key: str) -> bytes:
    right = dice.choice(NAMES) + key.encode() + b"\r\n"
    other = dice.choice(
        [
            right,
            presented(dice, key.encode()),
            one_character_off(dice, key),
            presented(dice, b""),
            presented(dice, dice.randbytes(9).hex().encode()),
        ]
    )
    # Beside a key in a header of ours, a bearer token that holds none is someone else's.
    if other.lower().startswith(b"authorization") and b"ok_live_" not in other:
        other = right
    return dice.choice([right + other, other + right, right + other + right, right * dice.randrange(2, 90)])


def where_no_key_belongs(dice: random.Random, key: str) -> bytes:
    return (
        dice.choice(OTHER_HEADERS)
        + b": "
        + dice.choice([b"", b"Bearer ", b"API-Key=", b"\xff"])
        + key.encode()
        + b"\r\n"
    )


OTHER_HEADERS = [
    *(b"Cookie", b"Referer", b"User-Agent", b"Host", b"X-Forwarded-For", b"X-Forwarded-Host", b"Proxy-Authorization"),
    *(b"Content-Type", b"Content-Length", b"Transfer-Encoding", b"Expect", b"Upgrade", b"Origin", b"Accept-Language"),
    *(b"X-Api-Token", b"API-Key-", b"-API-Key", b"APIKey", b"API-Keys", b"X-X-API-Key", b"API Key", b"API-Key "),
    *(b"API-Key\x00", b"API\xe2\x80\x90Key", b"(API-Key)", b"", b"If-None-Match", b"X-CSRFToken", b"HX-Current-URL"),
]


def many_headers(dice: random.Random, key: str) -> bytes:
    """The server takes a hundred."""
    count = dice.choice([20, 90, 99, 150, 3_000])
    noise = b"".join(f"X-{number}: {dice.random()}\r\n".encode() for number in range(count))
    return noise + one_character_off(dice, key)


ATTACKS: list[Callable[[random.Random, str], bytes]] = [
    one_character_off,
    wrong_secret_with_a_right_checksum,
    part_of_it,
    rearranged,
    surrounded,
    random_bytes,
    random_text,
    look_alike,
    encoded,
    injection,
    basic,
    huge,
    unknown_scheme,
    more_than_one,
    where_no_key_belongs,
    many_headers,
]
