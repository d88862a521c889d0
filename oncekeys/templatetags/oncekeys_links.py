"""Links to the pages, wherever the project has mounted them."""

from django import template
from django.template import Context

from oncekeys import links

register = template.Library()


@register.simple_tag(takes_context=True)
def page_url(context: Context, name: str, **arguments: str) -> str:
    """The path of a page for the account that this request is about."""
    return links.page(context.request, name, **arguments)  # type: ignore[attr-defined]


@register.simple_tag
def api_url(name: str) -> str:
    """The path of one of the API's own URLs, such as `reference`. Empty where the project has not mounted them."""
    return "".join(links.api_paths(name))
