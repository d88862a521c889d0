"""The brand that keys begin with: `ok` in `ok_live_…`. A project sets it when it starts, before any key is read."""

import re
from collections.abc import Iterator

WELL_FORMED = re.compile(r"[a-z0-9]{2,12}", re.ASCII)

_brands: tuple[str, ...] = ("ok",)


def use(current: str, *former: str) -> None:
    """Make keys with the `current` brand, and still read keys with a `former` one."""
    global _brands
    _brands = (current, *former)


def current() -> str:
    return _brands[0]


def known() -> tuple[str, ...]:
    """Return all brands that keys may have, the current one first."""
    return _brands


class BrandedPattern:
    """A regular expression in which `{brand}` matches every known brand."""

    def __init__(self, template: str, flags: int = re.ASCII) -> None:
        self._template, self._flags = template, flags
        self._for: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        return self._template.replace("{brand}", f"(?:{'|'.join(_brands)})")

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled().fullmatch(text)

    def match(self, text: str) -> re.Match[str] | None:
        return self._compiled().match(text)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled().search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled().finditer(text)

    def sub(self, replacement: str, text: str) -> str:
        return self._compiled().sub(replacement, text)

    def _compiled(self) -> re.Pattern[str]:
        if self._for is not _brands:
            self._expression, self._for = re.compile(self.pattern, self._flags), _brands
        return self._expression
