"""The scripts of the pages."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# Every module that `oncekeys.js` imports, so that the browser asks for all of them at once.
MODULES = (
    "add-address",
    "announcements",
    "busy",
    "clipboard",
    "copy-buttons",
    "copying",
    "dialogs",
    "failures",
    "htmx",
    "new-key",
    "oncekeys",
    "reopen",
    "root",
    "scopes",
    "show-once",
    "usage-chart",
    "watch",
)


@register.simple_tag
def module_preloads() -> SafeString:
    """A `<link>` for each, which spares a slow line two round trips."""
    urls = ((static(f"oncekeys/js/{module}.js"),) for module in MODULES)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', urls)
