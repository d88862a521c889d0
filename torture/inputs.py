"""Hostile input, made by dice: the same in every run for the same key."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import NamedTuple
from urllib.parse import quote

from oncekeys.keys.token import ALPHABET, CHECKSUM_LENGTH, checksum

SEED = 20_261_123
Headers = Iterator[bytes]


def hostile_headers(key: str) -> Iterator[bytes]:
    """Yield header lines without end, each another attack with which no one may get in."""
    dice, seen = random.Random(SEED), set[int]()
    for attack in cycle(ATTACKS):
        lines = attack(dice, key)
        if hash(lines) not in seen:  # of some kinds there are few
            seen.add(hash(lines))
            yield lines


# The attacks. Each takes dice and a key that works, and gives header lines with which no one may get in.

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
    """Take characters of every plane of Unicode, in some encoding."""
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


# Whole requests. Each maker takes dice and what is known of a site, and gives the bytes of a request that may change
# nothing and let no one in, and the statuses that are right for it.


class Known(NamedTuple):
    """`session` is a cookie of someone signed in, and `key` one that works.

    `pages` are addresses of theirs, `downloads` those that answer a POST.
    """

    host: str
    key: str
    session: str
    pages: list[str]
    downloads: list[str]


class Case(NamedTuple):
    message: bytes
    kind: str
    right: frozenset[int | None]


TOKEN = b"a" * 32
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
REFUSED = frozenset({None, 400, 401, 405, 408, 411, 413, 414, 417, 431, 501, 505})
# A page may be shown, a form shown again, another address named, and anything be refused; but nothing may break.
PAGES_MAY = frozenset({200, 301, 302, 403, 404, 422, 429}) | REFUSED


def cases(known: Known, count: int) -> list[Case]:
    """Return so many, no two alike."""
    dice, headers = random.Random(SEED), hostile_headers(known.key)
    found: dict[bytes, Case] = {}
    for make in cycle(MAKERS):
        if len(found) == count:
            break
        case = make(dice, known, headers)
        found[case.message] = case
    return list(found.values())


def _request(
    known: Known, method: bytes, target: bytes, headers: bytes = b"", body: bytes | None = None, *, length: bool = True
) -> bytes:
    sent = b"" if body is None or not length else b"Content-Length: %d\r\n" % len(body)
    head = b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n" % (method, target, known.host.encode())
    return head + headers + sent + b"\r\n" + (body or b"")


def _signed_in(known: Known) -> bytes:
    return f"Cookie: sessionid={known.session}; csrftoken={TOKEN.decode()}\r\n".encode()


def in_headers(dice: random.Random, known: Known, attacks: Headers) -> Case:
    headers = next(attacks)
    asked = dice.choice([b"GET /api/v1/test", b"GET /api/v1/verify", b"POST /api/v1/key/rotate"])
    host = b"" if headers.startswith(b"Host:") else b"Host: %s\r\n" % known.host.encode()
    message = b"%s HTTP/1.1\r\nConnection: close\r\n%s%s\r\n" % (asked, host, headers)
    return Case(message, "headers", REFUSED | {403, 404})


def in_the_address(dice: random.Random, known: Known, _: Headers) -> Case:
    page = dice.choice(known.pages).encode()
    place = dice.randrange(len(page))
    target = dice.choice(
        [
            page[:place] + hostile_bytes(dice) + page[place:],
            page + hostile_bytes(dice),
            b"/" + hostile_bytes(dice),
            page.replace(b"/", dice.choice([b"//", b"/./", b"/../", b"%2f", b"\\"])),
            b"/static/" + dice.choice([b"../", b"..%2f", b"%2e%2e/"]) * 5 + b"etc/passwd",
            f"/api/v1/{known.key}".encode(),
            b"http://evil.example" + page,
            b"*",
            b"/" + b"a" * dice.choice([5_000, 70_000]),
        ]
    )
    target = target.translate(None, b" \r\n\t")
    headers = _signed_in(known) if dice.random() < 0.7 else b""
    return Case(_request(known, b"GET", target, headers), "address", PAGES_MAY)


NAMES_OF_VALUES = ["q", "sort", "page", "state", "environment", "kind", "person", "key", "before", "since", "until"]
NAMES_OF_VALUES += ["next", "open", "after", "name", "days", "from", "to", "at", "id", "scope", "lang", "zone"]


def in_the_query(dice: random.Random, known: Known, _: Headers) -> Case:
    pairs = [
        dice.choice(NAMES_OF_VALUES).encode() + b"=" + quoted(dice, hostile_bytes(dice))
        for _ in range(dice.randrange(1, 6))
    ]
    page = dice.choice([*known.pages, *known.downloads, "/login/", "/api/v1/verify"])
    target = (page.encode() + b"?" + b"&".join(pairs)).translate(None, b" \r\n\t")
    headers = _signed_in(known) if dice.random() < 0.8 else b""
    if page not in known.downloads:
        return Case(_request(known, b"GET", target, headers), "query", PAGES_MAY)
    return Case(_request(known, b"POST", target, headers + FORM, b"csrfmiddlewaretoken=" + TOKEN), "query", PAGES_MAY)


# Fields that make any form invalid, whatever else is in it.
WRONG_FIELDS = [
    *(b"name=", b"name=%00", b"name=%E2%80%AE", b"name=%E2%80%8B%E2%80%8B", b"name=" + b"x" * 65),
    *(b"name=%0A", b"name=" + b"%F0%9F%92%A9" * 65, b"environment=moon", b"expires=-1"),
    *(
        b"environment=%00",
        b"grace=-1",
        b"grace=1e9",
        b"grace=%00",
        b"scopes=root&addresses=",
        b"addresses=1.2.3.4%2F99",
    ),
    *(b"addresses=%00", b"addresses=" + b"1.1.1.1%0A" * 3_000, b"expires=date&expires_on=99999-99-99", b"grace=nan"),
]
DIALOGS = ["new/", "find/"]


def in_a_form(dice: random.Random, known: Known, _: Headers) -> Case:
    """To the form that creates a key, with a wrong name, or to that for signing in, with a wrong password."""
    if dice.random() < 0.3:
        body = b"login=" + quoted(dice, hostile_bytes(dice)) + b"&password=" + quoted(dice, hostile_bytes(dice))
        target = b"/login/"
    else:
        wrong = dice.choice([field for field in WRONG_FIELDS if field.startswith(b"name=")])
        body = (
            wrong + b"&environment=production&" + dice.choice(WRONG_FIELDS) + b"&" + quoted(dice, hostile_bytes(dice))
        )
        body = b"&".join(part for part in body.split(b"&") if not part.startswith(b"name=")) + b"&" + wrong
        target = dice.choice([page for page in known.pages if page.endswith("/new/")]).encode()
    token = dice.choice([TOKEN, TOKEN, b"b" * 32, b"", hostile_bytes(dice)])
    body += b"&csrfmiddlewaretoken=" + token
    kind = dice.choice(
        [
            b"application/x-www-form-urlencoded",
            b"application/x-www-form-urlencoded",
            b"application/x-www-form-urlencoded; charset=" + dice.choice([b"utf-16", b"nonsense", b"utf-7", b"idna"]),
            b"multipart/form-data; boundary=x",
            b"multipart/form-data",
            b"multipart/form-data; boundary=" + b"x" * 300,
            b"application/json",
            b"text/plain\xff",
        ]
    )
    headers = _signed_in(known) + b"Content-Type: " + kind + b"\r\n"
    return Case(_request(known, b"POST", target, headers, body), "form", PAGES_MAY)


def in_a_body(dice: random.Random, known: Known, _: Headers) -> Case:
    """Send a key that works, and a body that isn't a right one."""
    bodies = [
        hostile_bytes(dice) + b"{",
        b'{"grace_seconds": '
        + dice.choice([b"-1", b"1e400", b"NaN", b'"60"', b"true", b"null", b"[]", b"604801", b"0.5"])
        + b"}",
        b'{"grace_seconds": 60, "' + hostile_bytes(dice).hex().encode() + b'": 1}',
        b"[" * dice.choice([100, 5_000, 100_000]),
        b'{"a":' * 10_000,
        b"9" * dice.choice([5_000, 200_000]),
        json.dumps({"grace_seconds": "x" * 100_000}).encode(),
        b'{"grace_seconds": 60, "grace_seconds": -1}',
        b"\xef\xbb\xbf\xff{}",
        b"x" * 300_000,
    ]
    kind = dice.choice([b"application/json", b"application/json", b"text/plain", b"application/json; charset=utf-16"])
    sent = f"API-Key: {known.key}\r\n".encode() + b"Content-Type: " + kind + b"\r\n"
    message = _request(known, b"POST", b"/api/v1/key/rotate", sent, dice.choice(bodies))
    return Case(message, "body", frozenset({400, 413, 415, 422}) | {None})


def on_the_wire(dice: random.Random, known: Known, _: Headers) -> Case:
    """Return bytes that are hardly HTTP."""
    host = known.host.encode()
    chunked = b"POST /api/v1/key/rotate HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nTransfer-Encoding: " % host
    messages = [
        hostile_bytes(dice) * 3,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(200),
        b"GET /healthz HTTP/" + dice.choice([b"0.9", b"1.0", b"3.0", b"9.9", b""]) + b"\r\n\r\n",
        b"GET /api/v1/test\r\n\r\n",
        b"GET  /api/v1/test  HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        dice.choice([b"BREW", b"get", b"G\x00T", b"CONNECT", b"TRACE", b"PATCH", b"x" * 300])
        + b" /api/v1/test HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        chunked
        + dice.choice([b"chunked", b"xchunked", b"chunked, identity", b"gzip, chunked"])
        + b"\r\n\r\n"
        + dice.choice(
            [b"zz\r\nxx\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n", b"-1\r\n"]
        ),
        b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello" % host,
        b"POST /login/ HTTP/1.1\r\nHost: %s\r\nContent-Length: " % host
        + dice.choice([b"-1", b"1e3", b"99999999999999999999", b"+5", b"0x5"])
        + b"\r\n\r\nhello",
        b"GET /api/v1/test HTTP/1.1\r\nHost: " + quoted(dice, hostile_bytes(dice)) + b"\r\n\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\n\r\n" % host,
        b"GET /login/ HTTP/1.1\r\nHost: "
        + dice.choice([b"evil.example", b"[::1", b"a" * 300, b"127.0.0.1:99999", b"%00"])
        + b"\r\nConnection: close\r\n\r\n",
    ]
    return Case(dice.choice(messages), "wire", PAGES_MAY)


MAKERS: list[Callable[[random.Random, Known, Headers], Case]] = [
    in_headers,
    in_the_address,
    in_the_query,
    in_a_form,
    in_a_body,
    in_headers,
    on_the_wire,
]


def hostile_bytes(dice: random.Random) -> bytes:
    return dice.choice(
        [
            *INJECTIONS,
            b"%00",
            b"%ff%fe",
            b"%c0%af",
            b"%ed%a0%80",
            b"%F0%9F%92%A9",
            b"\xe2\x80\xae",
            b"9" * 400,
            b"-1",
            b"2026-13-45T99:99",
            b"0001-01-01",
            b"9999-12-31T23:59:59Z",
            b"[]",
            b"{}",
            b"NaN",
            dice.randbytes(dice.choice([1, 9, 99])),
            "".join(chr(dice.randrange(0x20, 0xD800)) for _ in range(30)).encode(),
        ]
    )


def quoted(dice: random.Random, value: bytes) -> bytes:
    return quote(value, safe="%").encode() if dice.random() < 0.7 else value.translate(None, b"\r\n \t")
