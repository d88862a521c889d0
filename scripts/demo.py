"""Fills the demo account with invented keys, and invented use of them, for a first look at oncekeys."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models.signals import pre_save
from django.utils import timezone

from accounts.models import PeopleEvent, Role, User
from accounts.services import memberships, site_accounts
from oncekeys.models import Account, ApiKey, Environment, KeyAddress, KeyUsage
from oncekeys.services import api_keys, audit, rotation
from oncekeys.services.by import By

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# How a day's calls spread over its hours, in Greenwich.
OFFICE = (0, 0, 0, 0, 0, 1, 3, 8, 11, 12, 12, 9, 10, 12, 11, 8, 5, 3, 2, 1, 1, 1, 0, 0)
STEADY = (2, 2, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6, 6, 6, 5, 4, 4, 3)
NIGHTLY = (0, 40, 50, 10, *[0] * 20)
OFFICE_ADDRESS, HOME_ADDRESS = "203.0.113.5", "198.51.100.23"


def open_account(owner_email: str, *, name: str = "Acme") -> None:
    """An account a year old, with an owner and an admin, and keys of every kind."""
    now = timezone.now()
    with _at(now - 365 * DAY):
        acme = site_accounts.create(name=name, owner_email=owner_email, owner_name="Ada Lovelace")
    with _at(now - 340 * DAY):
        grace = User.objects.create_user("grace@acme.example", name="Grace Hopper")
        ada = User.objects.get(email=owner_email)
        audit.record(
            PeopleEvent.MEMBER_INVITED,
            account=acme,
            by=By(ada, OFFICE_ADDRESS),
            email=str(grace.email),
            role=Role.ADMIN,
        )
    with _at(now - 339 * DAY):
        memberships.join(account=acme, user=grace, role=Role.ADMIN, address=HOME_ADDRESS)
    populate(acme, ada, grace)


def populate(account: Account, owner: User, colleague: User) -> None:
    """An account with nothing in it gets keys of every kind that an admin meets."""
    now = timezone.now()
    # None of these names is one that a form proposes or a document uses: those are left for people to try.
    crm = _key(account, owner, "Customer sync", days=245)
    _use(crm, OFFICE, 4800, until=now - 2 * timedelta(minutes=1), address="203.0.113.24")
    shop = _key(account, colleague, "Mobile app", days=96, scopes=["read-only"])
    _use(shop, STEADY, 12600, until=now - timedelta(seconds=20), address="2001:db8:40::7c1")
    importer = _key(account, colleague, "Staging importer", days=85, environment=Environment.STAGING)
    _use(importer, NIGHTLY, 640, until=now - 3 * HOUR, address="198.51.100.7")
    ApiKey.objects.filter(pk=importer.pk).update(expires_at=now + 5 * DAY + 3 * HOUR)
    warehouse = _key(account, owner, "Data warehouse", days=178, networks="192.0.2.4")
    with _at(now - 52 * DAY):
        api_keys.change(
            api_key=warehouse,
            by=By(colleague, HOME_ADDRESS),
            name=warehouse.name,
            networks="192.0.2.0/28",
            scopes=["full"],
        )
    _rotated(warehouse, owner, now=now - 3 * DAY, switched=now - 26 * HOUR, address="192.0.2.4")
    invoices = _key(account, colleague, "Invoice export", days=130)
    _rotated(invoices, colleague, now=now - 4 * HOUR, switched=now - 3 * HOUR, address="198.51.100.40")
    _is_still_called(invoices, now=now)
    report = _key(account, colleague, "Quarterly report", days=310)
    _used(report, now - 118 * DAY, "203.0.113.80")


def use(keys: Iterable[ApiKey], *, now: datetime) -> None:
    """Each its own pattern, where only the number of keys matters."""
    for number, key in enumerate(keys):
        pattern = (OFFICE, STEADY, NIGHTLY)[number % 3]
        ApiKey.objects.filter(pk=key.pk).update(created_at=now - (40 + number) * DAY)
        _use(key, pattern, 40 * 3 ** (number % 6), until=now - number * timedelta(minutes=7), address="203.0.113.24")


def _key(account: Account, actor: User, name: str, *, days: int, **options: object) -> ApiKey:
    """Made so many days ago."""
    with _at(timezone.now() - days * DAY):
        by = By(actor, OFFICE_ADDRESS)
        return api_keys.create(account=account, by=by, name=name, **options).api_key  # type: ignore[arg-type]


@contextmanager
def _at(moment: datetime) -> Iterator[None]:
    """Make everything within look as if it had been made and recorded then: later, no event can be changed."""

    def date(instance: Any, **_: Any) -> None:
        for field in {"at", "created_at", "date_joined"} & {each.name for each in type(instance)._meta.fields}:
            if instance._state.adding:
                setattr(instance, field, moment)

    pre_save.connect(date)
    try:
        yield
    finally:
        pre_save.disconnect(date)


def _rotated(old: ApiKey, actor: User, *, now: datetime, switched: datetime, address: str) -> None:
    """With a week's grace, and its application has had the new key since it switched."""
    left = 7 * DAY - (timezone.now() - now)
    with _at(now):
        new = rotation.rotate(api_key=old, by=By(actor, OFFICE_ADDRESS), grace=left).api_key
    _use(old, STEADY, 2100, until=switched, address=address)
    _use(new, STEADY, 2100, since=switched, until=timezone.now() - timedelta(minutes=12), address=address)


def _is_still_called(old: ApiKey, *, now: datetime) -> None:
    """One of its applications was forgotten, and calls now and then from where it isn't allowed to."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.create(api_key=old, hour=hour, outcome="address_not_allowed", calls=3)
    ApiKey.objects.filter(pk=old.pk).update(last_used_at=now - timedelta(minutes=40))


def _use(
    key: ApiKey, pattern: Sequence[int], calls: int, *, until: datetime, address: str, since: datetime | None = None
) -> None:
    """About so many calls a working day, for 30 days or since then."""
    KeyUsage.objects.bulk_create(
        KeyUsage(api_key=key, hour=hour, outcome="accepted", calls=number)
        for hour, number in _hours(pattern, calls, since or until - 30 * DAY, until, Random(key.name))
        if number
    )
    _used(key, until, address, since=since)


def _hours(
    pattern: Sequence[int], calls: int, since: datetime, until: datetime, chance: Random
) -> Iterator[tuple[datetime, int]]:
    hour = since.replace(minute=0, second=0, microsecond=0)
    while hour <= until:
        usual = calls * pattern[hour.hour] / sum(pattern) * (0.3 if hour.weekday() >= 5 else 1)
        number = round(usual * chance.uniform(0.75, 1.25))
        # A key that was used minutes ago has a request in that hour, even at night.
        yield hour, number or int(until - hour < HOUR)
        hour += HOUR


def _used(key: ApiKey, last: datetime, address: str, *, since: datetime | None = None) -> None:
    key.refresh_from_db()
    ApiKey.objects.filter(pk=key.pk).update(
        first_used_at=since or key.created_at + HOUR / 4, last_used_at=last, last_used_address=address
    )
    KeyAddress.objects.create(api_key=key, address=address, last_seen_at=last)
