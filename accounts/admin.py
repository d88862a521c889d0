"""The Django admin of the site's people; an account shows who belongs to it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.staff import PersonForm
from accounts.models import Membership, PersonEvent, PersonEventKind, User
from accounts.services import person_log, site_accounts
from oncekeys import links
from oncekeys.admin import AccountAdmin, ReadOnly
from oncekeys.client import asked_by
from oncekeys.models import Account, ApiKey

admin.site.unregister(Account)

SWITCHED = {
    "is_active": (PersonEventKind.SWITCHED_OFF, PersonEventKind.SWITCHED_ON),
    "is_staff": (PersonEventKind.NO_LONGER_STAFF, PersonEventKind.MADE_STAFF),
}


class Memberships(ReadOnly, admin.TabularInline):
    model = Membership
    fields = ("account", "user", "role", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("account", "user").order_by("created_at", "id")


@admin.register(Account)
class SiteAccountAdmin(AccountAdmin):
    inlines = (Memberships,)

    def enable_one(self, request: HttpRequest, account: Account) -> bool:
        try:
            site_accounts.enable(account=account, by=asked_by(request))
        except site_accounts.NoOwner as error:
            self.message_user(request, str(error), messages.ERROR)
            return False
        return True


@admin.register(User)
class UserAdmin(ReadOnly, admin.ModelAdmin):
    form = PersonForm
    list_display = ("__str__", "email", "kind", "is_active", "is_staff", "last_login")
    list_filter = ("kind", "is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email", "id")
    fields = ("email", "name", "kind", "is_active", "keys", "is_staff", "groups", "date_joined", "last_login")
    inlines = (Memberships,)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Staff can't change themselves or a service user, and only a superuser can change staff."""
        if not request.user.has_perm("accounts.change_user") or obj is None:
            return request.user.has_perm("accounts.change_user")
        is_other_person = obj.kind == User.Kind.PERSON and obj != request.user
        return is_other_person and (request.user.is_superuser or not obj.is_staff)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Return the fields. A form that can be saved also sends what the person was shown."""
        return (*self.fields, "shown") if self.has_change_permission(request, obj) else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """A person is switched off and on; who is staff, and what staff may do, a superuser says."""
        facts = ("email", "name", "kind", "keys", "date_joined", "last_login")
        return facts if request.user.is_superuser else (*facts, "is_staff", "groups")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for switch, (off, on) in SWITCHED.items():
            if switch in form.changed_data:
                person_log.record(
                    on if getattr(obj, switch) else off, person=obj, request=request, by=asked_by(request)
                )
        keys = ApiKey.objects.known_to(obj)
        if "is_active" in form.changed_data and not obj.is_active and keys:
            said = _("The keys that were shown to %(name)s keep working: %(keys)s. Ask their accounts to rotate them.")
            named = ", ".join(f"{key} ({key.account})" for key in keys)
            self.message_user(request, said % {"name": obj, "keys": named}, messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "groups" in form.changed_data:
            groups = ", ".join(form.instance.groups.order_by("name").values_list("name", flat=True))
            kind = PersonEventKind.GROUPS_CHANGED
            person_log.record(kind, person=form.instance, request=request, by=asked_by(request), groups=groups)

    @admin.display(description=gettext_lazy("keys shown to them"))
    def keys(self, person: User) -> SafeString:
        """A line each: the key, its account, its last use, and where an owner or admin of the account rotates it."""
        lines = [self._key(key) for key in ApiKey.objects.known_to(person)]
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines)) or mark_safe("-")

    def _key(self, key: ApiKey) -> SafeString:
        here = reverse("admin:oncekeys_apikey_change", args=[key.pk])
        used = date_format(localtime(key.last_used_at), "DATETIME_FORMAT") if key.last_used_at else _("not used yet")
        line = format_html('<a href="{}">{}</a>, {}. {}: {}', here, key, key.account, _("Last used"), used)
        if key.is_replaced:
            return line
        rotate = links.page_of(key.account, "api_key_rotate", key_id=key.key_id)
        return format_html('{} · <a href="{}">{}</a>', line, rotate, _("Rotate"))


@admin.register(PersonEvent)
class PersonEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "kind", "person", "actor", "address")
    list_display_links = ("at",)
    list_filter = ("kind",)
    search_fields = ("person__email", "actor__email")
    search_help_text = gettext_lazy("By a person’s full email.")
    ordering = ("-id",)
    show_full_result_count = False
    fields = ("at", "kind", "person", "actor", "address", "user_agent", "details")
    list_select_related = ("person", "actor")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PersonEvent], search_term: str
    ) -> tuple[QuerySet[PersonEvent], bool]:
        """The person first: one condition over several tables would have the database read all of each."""
        if not (email := search_term.strip().lower()):
            return queryset, False
        people = list(User.objects.filter(email=email).values_list("pk", flat=True))
        if not people:
            return queryset.none(), False
        return queryset.filter(Q(person__in=people) | Q(actor__in=people)), False
