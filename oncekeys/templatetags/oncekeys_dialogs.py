"""Tags that open and close dialogs."""

from typing import Any

from django import template
from django.http import QueryDict
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oncekeys import links

register = template.Library()


@register.simple_tag(takes_context=True)
def opens_dialog(context: Context, name: str, next: str = "", **arguments: str) -> SafeString:
    """The attributes of a link to a dialog of ours. Without JavaScript it is a page, whose way back is `next`."""
    return _opens(links.page(context.request, name, **arguments), next)  # type: ignore[attr-defined]


@register.simple_tag(takes_context=True)
def continues_dialog(context: Context, name: str, grace: str = "", **arguments: str) -> SafeString:
    """The attributes of a link from one dialog to the next; from a page, to the next page."""
    url = links.page(context.request, name, **arguments)  # type: ignore[attr-defined]
    url = f"{url}?grace={grace}" if grace else url
    return _opens(url) if context.request.htmx else format_html('href="{}"', url)  # type: ignore[attr-defined]


@register.simple_tag
def opens_dialog_at(name: str, *arguments: object) -> SafeString:
    """The same for a dialog of the project, by the name of its URL."""
    return _opens(reverse(name, args=arguments))


def _opens(url: str, next: str = "") -> SafeString:
    query = QueryDict(mutable=True)
    if next:
        query["next"] = next
    return format_html(
        'href="{}" hx-get="{}" hx-target="#oncekeys-dialog"',
        f"{url}?{query.urlencode(safe='/')}" if query else url,
        url,
    )


@register.inclusion_tag("oncekeys/frames/_cancel.html", takes_context=True)
def cancel(context: Context, label: str = "", *, first: bool = False) -> dict[str, Any]:
    """Leaves the dialog, or its page. `first` is where a question has no other field to focus."""
    return {
        "is_dialog": bool(context["request"].htmx),
        "back": context["back"],
        "label": label or _("Cancel"),
        "first": first,
    }
