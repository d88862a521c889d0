"""How keys are shown."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models.api_key import ApiKey, KeyState

register = template.Library()


@register.filter
def with_emphasis_on_id(text: str) -> SafeString:
    """The whole key, its public id set apart: that is the part people will meet again in the list."""
    brand, environment, key_id, secret = text.split("_")
    return format_html("{}_{}_<b>{}</b>_{}", brand, environment, key_id, secret)


@register.filter
def selectors_of_waiting(rows: list[tuple[ApiKey, KeyState]]) -> str:
    """CSS selectors of the rows that await their first call: what the page has to look at again."""
    return ",".join(f"#key-{key.key_id}" for key, state in rows if state == KeyState.WAITING)
