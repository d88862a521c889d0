"""Where a request came from."""

import ipaddress
import re
from functools import lru_cache
from typing import cast

from django.http import HttpRequest

from accounts import conf
from accounts.authentication.headers import sent_values
from accounts.models import User
from accounts.services.by import By

# As proxies write one: alone, with a port, in brackets, in quotes (RFC 7239), or with a zone (RFC 4007).
WRITTEN = re.compile(
    r"""\s* "? \s* (?: \[ (?P<bracketed>[^\]%]+) (?:%[^\]]*)? \] (?: \s*:\s*\d+ )?
    | (?P<with_port>[\d.]+) \s*:\s*\d+
    | (?P<alone>[^\s"%]+) (?:%[^\s"]*)? ) \s* "? \s*""",
    re.VERBOSE,
)
LONGEST = 64


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address, or None where it is unknown.

    `X-Forwarded-For` is believed only as far as our own proxies wrote it.
    """
    hops = conf.trusted_proxy_hops()
    forwarded = sent_values(request, "HTTP_X_FORWARDED_FOR") if hops else []
    if hops and len(forwarded) >= hops:
        return parsed(forwarded[-hops])
    return parsed(request.META.get("REMOTE_ADDR", ""))


def asked_by(request: HttpRequest) -> By:
    """The person or the API user who asks, and from where."""
    return By(cast(User, request.user), client_address(request))


def parsed(text: str) -> str | None:
    """The address in what a proxy wrote. None for a Unix socket, `unknown` and whatever else is not an address."""
    return _parsed(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> str | None:
    written = WRITTEN.fullmatch(text)
    if written is None:
        return None
    try:
        address = ipaddress.ip_address((written[written.lastgroup or 0]).strip())
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
