"""Forms of the Django admin, for the site's staff."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import memberships

SWITCHES = ("is_active", "is_staff")


class PersonForm(forms.ModelForm):
    """`shown` are the switches that were on when the page was made, so that a save undoes no change made since."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["shown"] = " ".join(_switched_on(self.instance))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        shown, now = self.data.get("shown"), self.initial["shown"]
        if shown is not None and shown != now:
            self._take_over(shown.split(), now.split())
            raise forms.ValidationError(
                _("Someone else has changed this person’s details. Check the page, then save again.")
            )
        return cleaned

    def _take_over(self, shown: Sequence[str], now: Sequence[str]) -> None:
        """A switch that its reader left alone is as it is now. A further save has seen it."""
        data = self.data = cast(QueryDict, self.data).copy()
        left_alone = [name for name in SWITCHES if (name in data) == (name in shown)]
        data["shown"] = " ".join(now)
        for name in left_alone:
            data.setlist(name, ["on"] if name in now else [])

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        if "is_active" in self.changed_data and not is_active:
            self._check_may_switch_off()
        return is_active

    def _check_may_switch_off(self) -> None:
        try:
            memberships.check_may_switch_off(self.instance)
        except memberships.StrandsAccount as error:
            raise forms.ValidationError(str(error)) from None


def _switched_on(person: User) -> list[str]:
    return [name for name in SWITCHES if getattr(person, name)]
