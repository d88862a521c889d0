"""The time zones a person can choose from, by the names of the IANA time zone database."""

from collections import defaultdict
from functools import lru_cache
from zoneinfo import available_timezones

# The others are older names of these, or no places.
REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
UTC = "UTC"
# Where `time-zone.js` writes the browser's.
COOKIE = "timezone"


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """("Europe", [("Europe/Berlin", "Berlin"), …]), …; each in the order of the alphabet."""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(known()):
        region, _, place = zone.partition("/")
        places[region].append((zone, place.replace("/", ", ").replace("_", " ")))
    return [(region, places[region]) for region in REGIONS]


def shown(zone: str) -> str:
    """As people read it: "America/New York"."""
    return zone.replace("_", " ")
