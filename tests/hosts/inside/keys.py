"""Keys belong to a person, or to a team at `o/<slug>/`, whose pages ask for the password."""

from django.contrib.auth.models import Group
from django.shortcuts import get_object_or_404

from oncekeys import host
from oncekeys.models import Account
from oncekeys.proofs import PasswordProof


class Host(PasswordProof, host.Host):
    def account(self, request, slug=None):
        owner = get_object_or_404(request.user.groups, name=slug) if slug else request.user
        return Account.objects.of_owner(owner)

    def may_manage(self, request, account):
        return request.user.is_staff or not isinstance(account.owner, Group)

    def confirm(self, request):
        return super().confirm(request) if request.mount else None
