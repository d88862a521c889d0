"""What the staff of the site change in the Django admin."""

from django import forms

from accounts.services import memberships


class PersonForm(forms.ModelForm):
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
