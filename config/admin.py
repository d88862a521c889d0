"""The Django admin of this site: behind its own sign-in page, and for what is ours.

What a library registers for itself stays out: its table of email addresses, say, where editing a row takes over
a person's password reset.
"""

from collections.abc import Callable, Iterable
from typing import Any

from allauth.account import views as sign_in
from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.models import PersonEventKind
from accounts.services import person_log
from oncekeys.views.reauthentication import fresh_proof_required

Context = dict[str, Any] | None


class Site(admin.AdminSite):
    site_header = site_title = _("oncekeys administration")
    index_title = _("Everything on this site")

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: Context = None) -> HttpResponse:
        """Send people without access to the sign-in page, or answer 403 if they are signed in."""
        return redirect("admin:index")

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Ask for a fresh proof before the admin, where accounts can be disabled, but not before signing out."""
        return super().admin_view(view if view == self.logout else fresh_proof_required(view), cacheable)

    def logout(self, request: HttpRequest, extra_context: Context = None) -> HttpResponse:  # type: ignore[override]
        response: HttpResponse = sign_in.logout(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: Context = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_change_password")


class StaffGroupAdmin(GroupAdmin):
    """Groups that say what staff may do. A change is recorded with its author, where no one can change it."""

    def log_addition(self, request: Any, obj: Any, message: Any) -> Any:
        self._note(request, [obj], "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: Any, obj: Any, message: Any) -> Any:
        self._note(request, [obj], "changed")
        return super().log_change(request, obj, message)

    def log_deletions(self, request: Any, queryset: Any) -> Any:
        self._note(request, queryset, "deleted")
        return super().log_deletions(request, queryset)

    def _note(self, request: Any, groups: Iterable[Any], change: str) -> None:
        for group in groups:
            rights = " ".join(sorted(each.codename for each in group.permissions.all()))
            subject = f"{group.name} ({rights})"
            kind = PersonEventKind.STAFF_CHANGED
            person_log.record(kind, person=request.user, request=request, subject=subject, change=change)


site = Site()
site.register(Group, StaffGroupAdmin)
for label in ("oncekeys", "accounts"):
    for model in apps.get_app_config(label).get_models():
        if admin.site.is_registered(model):
            site.register(model, type(admin.site.get_model_admin(model)))
