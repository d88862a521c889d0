"""Draws our forms by templates/oncekeys/components, and leaves the project's FORM_RENDERER alone."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BoundField, Widget
from django.forms.renderers import DjangoTemplates
from django.template import loader

# These are drawn small, beside their label.
BOXES = {"checkbox", "radio"}
# The library's placeholders of these say the label a second time.
SELF_EVIDENT = {"email", "password"}


class Control(BoundField):
    """A field on a page."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        kind = getattr(widget, "input_type", None)
        if kind not in BOXES:
            attrs.setdefault("class", "field__control")
        if kind in SELF_EVIDENT:
            attrs["placeholder"] = False  # leaves the attribute out
        if self._wrong_fields():
            attrs["autofocus"] = self.name in self._wrong_fields()
        return attrs

    def _wrong_fields(self) -> set[str]:
        """Return the names of fields that have errors."""
        return set(self.form.errors) - {NON_FIELD_ERRORS}


class FormRenderer(DjangoTemplates):
    """Finds ours where pages are found, and Django's own where they are, with or without `django.forms` installed."""

    form_template_name = "oncekeys/components/_form.html"
    field_template_name = "oncekeys/components/_field.html"
    bound_field_class = Control

    def get_template(self, template_name: str) -> Any:
        if template_name.startswith("oncekeys/"):
            return loader.get_template(template_name)
        return super().get_template(template_name)


class Form(forms.Form):
    """Every form of the key pages. The project may have fields of the same names on the page, so the IDs differ."""

    default_renderer = FormRenderer()  # an instance: each one compiles the templates of its widgets again

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "oncekeys_%s", **options})
