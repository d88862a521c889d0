"""Where a request came from."""

import ipaddress
from functools import lru_cache

from django.http import HttpRequest

from accounts import conf


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address. `X-Forwarded-For` is believed only as far as our own proxies wrote it."""
    hops = conf.trusted_proxy_hops()
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if hops else []
    if hops and len(forwarded) >= hops:
        return _normalised(forwarded[-hops])
    return _normalised(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=1024)
def _normalised(address: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return None  # a Unix socket has no address
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
