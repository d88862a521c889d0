"""Finds faults of a page, wide and narrow, light and dark, as axe and the window's edge see it."""

from typing import Any, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

# But for those that never end, such as the pulse of a key that waits.
NOTHING_MOVES = """() => document.getAnimations().every(
  (animation) => animation.playState !== "running" || animation.effect.getComputedTiming().endTime === Infinity
)"""

Options = dict[str, Any]
# axe leaves the size of targets out unless it is asked for.
EVERY_RULE: Options = {"rules": {"target-size": {"enabled": True}}}


def only(rule: str) -> Options:
    return {"runOnly": {"type": "rule", "values": [rule]}}


class Look(NamedTuple):
    viewport: ViewportSize
    scheme: str
    rules: Options


EVERY_LOOK = [Look(viewport, scheme, EVERY_RULE) for viewport in (DESK, PHONE) for scheme in ("light", "dark")]
# Every rule where there is the least room, and of the dark page, which differs by its colours, the contrast.
WHERE_THEY_DIFFER = [Look(PHONE, "light", EVERY_RULE), Look(DESK, "dark", only("color-contrast"))]


def faults(page: Page, look: Look) -> str:
    """Return the page's faults in this look, in sentences; empty if there are none."""
    page.set_viewport_size(look.viewport)
    page.emulate_media(color_scheme=look.scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.wait_for_function(NOTHING_MOVES, polling=20)
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE_SCRIPT)
    said = _violations(page, {"selectors": False, **look.rules}) and _violations(page, look.rules)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        said += "\nThe page is wider than its window."
    return said and f"{look.viewport['width']} wide, {look.scheme}: {said}"


def _violations(page: Page, options: Options) -> str:
    """axe's report. It takes a third longer where it finds selectors for all that it has looked at."""
    found = AxeResults(page.evaluate("(options) => axe.run(options)", {"resultTypes": ["violations"], **options}))
    return found.generate_report() if found.violations_count else ""
