"""The site's answers to the app's questions about people."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts import two_step
from accounts.models import Membership, Role, User
from oncekeys import conf, host
from oncekeys.models import Account
from oncekeys.proofs import AllauthProof


class Host(AllauthProof, host.Host):
    """The site's accounts have members, each with a role; managers of keys may need two-step sign-in."""

    has_user_rows = True

    def account(self, request: Any, slug: str) -> Account | HttpResponse:  # type: ignore[override]
        """Sets `request.membership`, and `request.memberships` for the top bar, by one query.

        Not a member: 404, as for an account that does not exist. Without the second step that the account asks for:
        where to set it up.
        """
        request.memberships = list(Membership.objects.of(request.user))
        membership = next((each for each in request.memberships if each.account.slug == slug), None)
        if membership is None:
            raise Http404
        request.membership = membership
        if membership.account.is_enabled and membership.requires_two_step and not two_step.is_on(request.user):
            return _to_enrolment(request)
        account: Account = membership.account
        return account

    def may_manage(self, request: Any, account: Account) -> bool:
        return bool(request.membership.manages_keys)

    def refusal(self, request: Any, account: Account) -> str:
        owners = account.memberships.filter(role=Role.OWNER).select_related("user")
        names = ", ".join(str(membership.user) for membership in owners)
        return _("Only owners and admins of %(account)s can open its settings. Ask %(names)s.") % {
            "account": account.name,
            "names": names,
        }

    def managers(self, account: Account) -> Iterable[User]:
        """Its owners and admins, but for those who do not want to be told."""
        managers = {"memberships__account": account, "memberships__role__in": (Role.OWNER, Role.ADMIN)}
        return User.objects.filter(**managers, is_active=True, wants_key_mail=True).order_by("pk")

    def people(self, account: Account) -> Iterable[User]:
        return [membership.user for membership in account.memberships.select_related("user")]

    def mount(self, account: Account) -> dict[str, Any]:
        return {"slug": account.slug}

    def email_settings(self, person: User) -> str:
        return conf.public_url() + reverse("profile")

    def name_of(self, person: User) -> str:
        return str(person)

    def language_of(self, person: User) -> str:
        return person.language or super().language_of(person)

    def time_zone_of(self, person: User) -> str:
        return person.time_zone

    def records(self, request: Any) -> list[dict[str, Any]]:
        """With two-step sign-in, only its second step counts."""
        records = super().records(request)
        if two_step.is_on(request.user):
            return [record for record in records if record["method"] == "mfa"]
        return records


def _to_enrolment(request: Any) -> HttpResponse:
    """The page says itself which accounts ask for it."""
    enrolment = reverse("mfa_index")
    return HttpResponseClientRedirect(enrolment) if request.htmx else redirect(enrolment)
