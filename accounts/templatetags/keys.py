"""How a key is shown, the once that it is."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def with_emphasis_on_id(text: str) -> SafeString:
    """The whole key, its public id set apart: that is the part people will meet again in the list."""
    brand, environment, key_id, secret = text.split("_")
    return format_html("{}_{}_<b>{}</b>_{}", brand, environment, key_id, secret)
