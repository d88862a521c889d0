"""An account keeps an owner, whatever its owners do to each other at the same moment."""

from itertools import cycle

import pytest
from django.db import connections

from accounts.models import Membership, Role, User
from accounts.services import memberships, site_accounts
from oncekeys.services.by import By
from oncekeys.services.meanwhile import RemovedMeanwhile
from tests.at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("load")]

AT_ONCE = 50
ROUNDS = 2


def test_one_owner_remains_after_50_concurrent_removals():
    for number in range(ROUNDS):
        account = site_accounts.create(name=f"Acme {number}", owner_email=f"ada{number}@acme.example")
        first = account.memberships.get()
        heir = User.objects.create_user(f"grace{number}@acme.example")
        second = Membership.objects.create(account=account, user=heir, role=Role.OWNER)
        pairs = [(first, second.user), (second, first.user), (first, first.user), (second, second.user)]

        outcomes = at_once([act(*pair, index) for index, pair in zip(range(AT_ONCE), cycle(pairs), strict=False)])

        assert account.memberships.filter(role=Role.OWNER).count() == 1
        assert outcomes.count("done") >= 1


def act(membership: Membership, actor: User, index: int):
    def go() -> str:
        try:
            if index % 2:
                memberships.remove(membership=membership, by=By(actor))
            else:
                memberships.change_role(membership=membership, role=Role.MEMBER, by=By(actor))
        except (memberships.LastOwner, memberships.NotAllowed, RemovedMeanwhile) as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    return go
