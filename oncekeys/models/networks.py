"""Networks limit where a key may be used from: IPv4 and IPv6 in CIDR notation (RFC 4632, RFC 4291), one a line."""

import ipaddress
from functools import lru_cache

from django.utils.translation import gettext as _

MOST = 50

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadNetworks(ValueError):
    """One message for each line that is wrong; the page can show them."""

    def __init__(self, *messages: str) -> None:
        super().__init__(" ".join(messages))
        self.messages = messages


def clean(text: str) -> str:
    """The networks as they are stored: each once, in canonical form. Raises BadNetworks.

    A single address is a network of one: `203.0.113.7` becomes `203.0.113.7/32`.
    """
    networks, wrong = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            networks.append(str(_network(line.strip())))
        except ValueError as error:
            wrong.append(_("Line %(number)d: %(problem)s") % {"number": number, "problem": error})
    if wrong:
        raise BadNetworks(*wrong)
    networks = list(dict.fromkeys(networks))
    if len(networks) > MOST:
        raise BadNetworks(
            _("Use at most %(most)d IP addresses: remove %(count)d. A network such as 203.0.113.0/24 covers many.")
            % {"most": MOST, "count": len(networks) - MOST}
        )
    return "\n".join(networks)


def contain(networks: str, address: str | None) -> bool:
    """Return whether the IP address is in one of them. An empty list allows every address; None is in no network."""
    if not networks:
        return True
    if address is None:
        return False
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in _parsed(networks))


def shown(network: str) -> str:
    """Return it as a person would write it, without the length if it is a single IP address."""
    return network.removesuffix("/32") if ":" not in network else network.removesuffix("/128")


def _network(text: str) -> Network:
    """Raises ValueError, whose message is one the page can show."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if network is None or "%" in text:
        raise ValueError(
            _("“%(text)s” isn’t an IP address or network. Write it like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.")
            % {"text": text[:60]}
        )
    if ipaddress.ip_interface(text).ip != network.network_address:
        raise ValueError(
            _("“%(text)s” is an IP address inside a network. For the whole network, write %(network)s.")
            % {"text": text, "network": network}
        )
    return _unmapped(network)


def _unmapped(network: Network) -> Network:
    """Requests come from IPv4 addresses, even where the system writes them as IPv6 (`::ffff:203.0.113.7`)."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - 96))


@lru_cache(maxsize=4096)
def _parsed(networks: str) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, networks.split("\n")))
