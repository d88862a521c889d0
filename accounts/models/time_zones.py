"""The time zones a person can choose from: one for each place, by the name the IANA time zone database gives it.

The table `zone.tab` lists those names, and `tzdata.zi` what older names mean today. Both lie beside the zones,
in the system's folder or in the package tzdata. Where they are missing, all of a region's names are offered.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

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


def by_region(*, at: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """("Europe", [("Europe/Berlin", "Berlin (UTC+02:00)"), …]), …; each in the order of the alphabet."""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for zone in sorted(_places()):
        region, _, place = zone.partition("/")
        places[region].append((zone, f"{shown(place).replace('/', ', ')} ({offset(zone, at=at)})"))
    return [(region, places[region]) for region in REGIONS]


def canonical(zone: str) -> str:
    """Return the name we offer for it: "Asia/Kolkata" for "Asia/Calcutta". A name that isn't a place stays."""
    place = zone if zone in _places() else _older_names().get(zone, "")
    return place if place in _places() else zone


def find(name: str) -> ZoneInfo | None:
    """The zone with that name, also an older one that this system no longer has. None where there is no such zone."""
    try:
        return ZoneInfo(canonical(name)) if name else None
    except (KeyError, ValueError, OSError):  # unknown, malformed, or a directory of the zone database
        return None


def shown(zone: str) -> str:
    """Return it as people read it: "America/New York"."""
    return zone.replace("_", " ")


def offset(zone: str, *, at: datetime) -> str:
    """Return how far its clocks are ahead of UTC, with summer time: "UTC+05:30"."""
    ahead = at.astimezone(_zone(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    return f"UTC{'-' if ahead < timedelta() else '+'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    rows = [line.split("\t") for line in _table("zone.tab") if not line.startswith("#")]
    listed = {row[2] for row in rows if len(row) > 2} or known()
    return frozenset(zone for zone in listed & known() if zone.partition("/")[0] in REGIONS)


@lru_cache(maxsize=1)
def _older_names() -> dict[str, str]:
    links = [line.split() for line in _table("tzdata.zi") if line.startswith("L ")]
    return {older: zone for _, zone, older in links}


def _table(name: str) -> list[str]:
    for folder in TZPATH:
        if (file := Path(folder, name)).is_file():
            return file.read_text(encoding="utf-8").splitlines()
    try:
        return resources.files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8").splitlines()
    except (ModuleNotFoundError, FileNotFoundError):
        return []
