"""Forms that know the newest change their reader has seen, so that a save undoes none they haven't."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.http import QueryDict

from oncekeys.forms.rendering import Form
from oncekeys.models import AuditEvent


class SeenForm(Form):
    """`seen` is the id of the newest audit event about what the form changes; 0 where there was none."""

    # Without an id, since a page may hold several such forms.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"id": False}))

    # What others changed meanwhile, the oldest first.
    changes: Sequence[AuditEvent] = ()

    def outdate(self, changes: Sequence[AuditEvent]) -> None:
        """Keep what was typed, and show the changes. A further save has seen them."""
        self.changes = changes
        self.data = cast(QueryDict, self.data).copy()
        self.data["seen"] = str(changes[-1].pk)

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.changes)
