"""Names the browser that a User-Agent header describes, as people call it."""

import re

from django import template
from django.utils.translation import gettext as _

from accounts.services.sessions import NO_ADDRESS

register = template.Library()

# The first that is found names it: most browsers also claim to be those further down.
BROWSERS = {
    "Edge": r"\bEdg(?:e|A|iOS)?/",
    "Opera": r"\bOPR/",
    "Samsung Internet": r"\bSamsungBrowser/",
    "Firefox": r"\b(?:Firefox|FxiOS)/",
    "Chrome": r"\b(?:Chrome|CriOS|HeadlessChrome)/",
    "Safari": r"\bSafari/",
    "curl": r"^curl/",
}
SYSTEMS = {
    "iPhone": r"\biPhone\b",
    "iPad": r"\biPad\b",
    "Android": r"\bAndroid\b",
    "Windows": r"\bWindows\b",
    "macOS": r"\bMacintosh\b",
    "ChromeOS": r"\bCrOS\b",
    "Linux": r"\bLinux\b",
}


@register.filter
def is_known(address: str) -> bool:
    return address != NO_ADDRESS


@register.filter
def browser(user_agent: str) -> str:
    """ "Firefox on Linux"; as much of it as can be told."""
    name, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    return name or system or _("An unknown browser")


def _first(patterns: dict[str, str], user_agent: str) -> str | None:
    return next((name for name, pattern in patterns.items() if re.search(pattern, user_agent)), None)
