"""The Django admin, for the project's staff: they look at everything, and stop what must be stopped.

Every change of an account or a key goes through its service, so that the rules and the audit log hold here too.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oncekeys.client import asked_by
from oncekeys.keys.token import key_id_of
from oncekeys.models import Account, ApiKey, AuditEvent, names, old_keys
from oncekeys.services import accounts, api_keys

SECRETS = frozenset({"secret_hash", "seal", "password"})
MOST_COUNTED = 10_000
MOST_NAMES = 1_000


class BoundedPaginator(Paginator):
    """Counts rows up to a limit that no one pages through: counting millions takes longer than showing a page."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by().values("pk")[:MOST_COUNTED].count()


class ReadOnly(admin.options.BaseModelAdmin):
    """Show rows to staff as they are. A subclass adds what staff may do with them."""

    # For lists that grow: see `dev.growth`.
    list_per_page = 50
    paginator: type = BoundedPaginator
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not by a secret: `?secret_hash__startswith=` would tell it to a patient person, letter by letter."""
        return SECRETS.isdisjoint(lookup.split("__")) and super().lookup_allowed(lookup, value, request)


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "slug", "is_enabled", "active_keys", "created_at")
    list_filter = (("disabled_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "slug")
    ordering = ("name", "id")
    fields = ("name", "slug", "is_enabled", "disabled_at", "active_keys", "service_user", "created_at")
    actions = ("disable", "enable")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).annotate(active_keys=_number_of_active_keys())

    def has_disable_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("oncekeys.change_account")

    @admin.display(description=gettext_lazy("enabled"), boolean=True, ordering="disabled_at")
    def is_enabled(self, account: Account) -> bool:
        return account.is_enabled

    @admin.display(description=gettext_lazy("active keys"))  # in their order, those of every account are counted
    def active_keys(self, account: Any) -> int:
        number: int = account.active_keys
        return number

    @admin.action(description=gettext_lazy("Disable: refuse their keys and close their pages"), permissions=["disable"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        for account in queryset:
            accounts.disable(account=account, by=asked_by(request))
        said = ngettext(
            "%(count)d account is disabled. Its keys no longer work, and its pages can’t be opened.",
            "%(count)d accounts are disabled. Their keys no longer work, and their pages can’t be opened.",
            len(queryset),
        )
        self.message_user(request, said % {"count": len(queryset)}, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Enable: accept their keys and open their pages again"), permissions=["disable"]
    )
    def enable(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        enabled = sum(self.enable_one(request, account) for account in queryset)
        if enabled:
            said = ngettext("%(count)d account is enabled.", "%(count)d accounts are enabled.", enabled)
            self.message_user(request, said % {"count": enabled}, messages.SUCCESS)

    def enable_one(self, request: HttpRequest, account: Account) -> bool:
        """Enable the account, and return whether that was possible."""
        accounts.enable(account=account, by=asked_by(request))
        return True


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("public_id", "name", "account", "state", "created_at", "last_used_at", "expires_at")
    list_filter = ("environment", *((f"{moment}_at", admin.EmptyFieldListFilter) for moment in ("paused", "deleted")))
    search_fields = ("key_id", "name", "account__slug")
    search_help_text = gettext_lazy("By key ID, account, or how a name begins. Never enter a complete key here.")
    # Keys are only ever added, so this is newest first, and an index has it.
    ordering = ("-id",)
    # Neither the hash nor the seal.
    fields = (
        *("public_id", "name", "account", "environment", "state", "scopes", "addresses"),
        *("created_at", "created_by", "expires_at", "paused_at", "replaces"),
        *("first_used_at", "last_used_at", "last_used_address", "deleted_at"),
    )
    actions = ("delete_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        keys = super().get_queryset(request).select_related("account", "created_by", "successor").annotate(now=Now())
        return keys.defer("secret_hash", "seal", "successor__secret_hash", "successor__seal")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ApiKey], search_term: str
    ) -> tuple[QuerySet[ApiKey], bool]:
        """A key ID is found as it is shown, too: `ok_live_7Fh2k9QxYz12`."""
        if not (text := search_term.strip()):
            return queryset, False
        called = ApiKey.objects.filter(folded_name__startswith=names.folded(text)).order_by("folded_name")
        pks = [*called.values_list("pk", flat=True)[:MOST_NAMES], *_pks(ApiKey, key_id=key_id_of(text))]
        return queryset.filter(Q(pk__in=pks) | Q(account__in=_pks(Account, slug=text))), False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return request.user.has_perm("oncekeys.delete_apikey") and (obj is None or obj.deleted_at is None)

    @admin.display(description=gettext_lazy("key ID"), ordering="key_id")
    def public_id(self, api_key: ApiKey) -> str:
        return api_key.public_id

    @admin.display(description=gettext_lazy("status"))
    def state(self, api_key: Any) -> str:
        return api_key.state(at=api_key.now).label

    @admin.action(description=gettext_lazy("Delete selected API keys"), permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        return delete_selected(self, request, queryset.filter(deleted_at=None))

    def get_deleted_objects(
        self, objs: Iterable[ApiKey], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The keys alone: what refers to them stays, and so does each row, without what could authenticate."""
        told = [_warning(key) for key in objs]
        return told, {str(ApiKey._meta.verbose_name_plural): len(told)}, set(), []

    def log_deletions(self, request: HttpRequest, queryset: Iterable[ApiKey]) -> list[Any]:
        """Nowhere but in the audit log, where the service writes it."""
        return []

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        api_keys.delete(api_key=obj, by=asked_by(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for api_key in queryset:
            self.delete_model(request, api_key)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "kind", "account", "actor", "api_key", "address")
    list_display_links = ("at",)
    list_filter = ("kind",)
    search_fields = ("account__slug", f"actor__{get_user_model().USERNAME_FIELD}", "api_key__key_id")
    search_help_text = gettext_lazy("By an account’s full slug, a person’s email, or a key ID.")
    # Events are only ever added, so this is newest first, and an index has it.
    ordering = ("-id",)
    fields = ("at", "kind", "account", "actor", "api_key", "address", "details")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        events = super().get_queryset(request).select_related("account", "actor", "api_key")
        return events.defer("api_key__secret_hash", "api_key__seal")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        if not (text := search_term.strip()):
            return queryset, False
        person = get_user_model()
        actors = _pks(person, **{f"{person.USERNAME_FIELD}__in": {text, text.lower()}})
        keys = _pks(ApiKey, key_id=key_id_of(text))
        # One that is none is left out, so that an index serves the others.
        found = {"account__in": _pks(Account, slug=text), "actor__in": actors, "api_key__in": keys}
        conditions = [Q((lookup, pks)) for lookup, pks in found.items() if pks]
        if not conditions:
            return queryset.none(), False
        events = queryset.filter(reduce(or_, conditions))
        # Newest first too, and in the order of the index of events of one account, or of one key.
        has_index = len(conditions) == 1 and not actors and "o" not in request.GET
        return events.order_by("-at", "-id") if has_index else events, False


def _pks(model: type[Model], **named: Any) -> list[Any]:
    """Asked for on their own: one condition over several tables would have the database read all of each."""
    return list(model._default_manager.filter(**named).values_list("pk", flat=True))


def _number_of_active_keys() -> Coalesce:
    keys = ApiKey.objects.active().filter(account=OuterRef("pk")).order_by().values("account")
    return Coalesce(Subquery(keys.annotate(number=Count("pk")).values("number"), output_field=IntegerField()), 0)


def _warning(api_key: ApiKey) -> str:
    of_old_key = old_keys.facts(api_key)
    warning = _("%(key)s of %(account)s: any application using this key will immediately lose access.")
    if of_old_key:
        warning = _("%(key)s of %(account)s: any application still using this old key will immediately lose access.")
    told = warning % {"key": api_key, "account": api_key.account}
    return f"{told} {old_keys.sentence(of_old_key)}" if of_old_key else told
