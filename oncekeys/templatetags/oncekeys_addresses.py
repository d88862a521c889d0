"""Shows IP addresses within sentences."""

from django import template
from django.utils.html import format_html

register = template.Library()


@register.filter
def in_sentence(address: str) -> str:
    """Kept together: an IPv6 address falls apart in a sentence that runs from right to left."""
    return format_html('<bdi dir="ltr">{}</bdi>', address) if ":" in address else address
