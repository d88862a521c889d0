"""The IP address of a request, and which proxies to believe about it."""

import pytest
from django.test import RequestFactory

from oncekeys.client import client_address


def request(peer: str, forwarded: str | None = None):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)


@pytest.mark.parametrize(
    ("hops", "peer", "forwarded", "expected"),
    [
        (0, "203.0.113.9", None, "203.0.113.9"),
        (0, "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "10.0.0.1"),
        (1, "10.0.0.1", "not an address", None),
        (0, "", None, None),
        (0, "::ffff:203.0.113.9", None, "203.0.113.9"),
        (0, "2001:db8::1", None, "2001:db8::1"),
        (1, "10.0.0.1", "6.6.6.6:1, 198.51.100.1:54321", "198.51.100.1"),
        (1, "10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"),
        (1, "10.0.0.1", "[2001:DB8::1]", "2001:db8::1"),
        (1, "10.0.0.1", "  [ 2001:db8::1 ] : 443 ", "2001:db8::1"),
        (1, "10.0.0.1", '"[2001:db8::1]:443"', "2001:db8::1"),
        (1, "10.0.0.1", "\t198.51.100.1 ", "198.51.100.1"),
        (1, "10.0.0.1", "[198.51.100.1]:80", "198.51.100.1"),
        (1, "10.0.0.1", "[::ffff:198.51.100.1]:80", "198.51.100.1"),
        (1, "10.0.0.1", "fe80::1%eth0", "fe80::1"),
        (1, "10.0.0.1", "[fe80::1%25eth0]:80", "fe80::1"),
        (0, "[2001:db8::1]:443", None, "2001:db8::1"),
        (1, "10.0.0.1", "unknown", None),
        (1, "10.0.0.1", "198.51.100.1, ", None),
        (1, "10.0.0.1", "198.51.100.1:http", None),
        (1, "10.0.0.1", "198.51.100.1 203.0.113.9", None),
        (1, "10.0.0.1", "2001:db8::1]:443", None),
        (1, "10.0.0.1", "[198.51.100.1", None),
        (1, "10.0.0.1", "x" * 100_000, None),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(settings, hops, peer, forwarded, expected):
    settings.TRUSTED_PROXY_HOPS = hops

    assert client_address(request(peer, forwarded)) == expected
