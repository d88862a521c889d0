"""`python -m dev.growth`: what the pages that could grow cost in a large installation, and how large its tables are.

10,000 accounts, 250,000 keys, 5 million rows of usage and 2 million events, in a PostgreSQL of its own that is gone
afterwards; one account has 5,000 deleted keys and a tenth of all events. It takes some minutes. `--small` has a
hundredth of the rest and takes seconds: its milliseconds say nothing, but the rows that are read for a page do.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from dev.postgresql import PostgresServer

ACCOUNTS, KEYS_OF_EACH, EVENTS, USAGE = 10_000, 25, 2_000_000, 5_000_000
SMALL = 100
DELETED_OF_ONE = 5_000
ROUNDS = 3

SEED = """
    SET session_replication_role = replica;  -- what refers to what is sound, so no trigger looks
    INSERT INTO accounts_user (email, password, is_superuser, name, kind, is_active, is_staff, date_joined,
        wants_key_mail, language, time_zone)
    SELECT CASE WHEN n % 2 = 0 THEN n || '@people.example' END, '!', false, 'Person ' || n,
        CASE WHEN n % 2 = 0 THEN 'person' ELSE 'service' END, true, false, now(), false, '', ''
    FROM generate_series(1, {accounts} * 2) n;
    INSERT INTO oncekeys_account (name, slug, created_at)
    SELECT 'Account ' || n, 'account-' || n, now() FROM generate_series(1, {accounts}) n;
    INSERT INTO oncekeys_apikey (account_id, brand, key_id, secret_hash, seal, name, folded_name, environment,
        addresses, scopes, slot, created_at, created_by_id, last_used_at, last_used_address, deleted_at)
    SELECT CASE WHEN n > {keys} OR n < {each} THEN {acme} ELSE account.id END, 'ok', substr(md5(n::text), 1, 12),
        CASE WHEN living THEN repeat('x', 97) END, CASE WHEN living THEN decode(repeat('00', 36), 'hex') END,
        'Key ' || n, 'key ' || n, 'production', '', 'full', CASE WHEN living THEN n % {each} + 1 END,
        now() - n * interval '1 minute', {ada}, now(), '192.0.2.1',
        CASE WHEN NOT living THEN now() - n * interval '1 minute' END
    FROM generate_series(1, {keys} + {deleted}) n
    CROSS JOIN LATERAL (SELECT n % {each} < {each} / 2 AND n <= {keys} AS living) as state
    LEFT JOIN oncekeys_account account ON account.slug = 'account-' || (n / {each} % {accounts} + 1)
        AND n <= {keys};
    INSERT INTO oncekeys_keyusage (api_key_id, hour, outcome, calls)
    SELECT first + n % {keys}, date_trunc('hour', now()) - n / {keys} * interval '1 hour', 'accepted', n
    FROM generate_series(0, {usage} - 1) n, (SELECT min(id) AS first FROM oncekeys_apikey WHERE account_id <> {acme}) k;
    INSERT INTO oncekeys_keyaddress (api_key_id, address, last_seen_at)
    SELECT id, ('192.0.2.' || n)::inet, now() FROM oncekeys_apikey, generate_series(1, 2) n;
    INSERT INTO oncekeys_auditevent (account_id, at, kind, actor_id, by_key, api_key_id, address, details)
    SELECT key.account_id, now() - n * interval '1 minute',
        (ARRAY['api_key.created', 'api_key.changed', 'api_key.paused', 'api_key.resumed'])[1 + n % 4],
        {ada}, false, key.id, '192.0.2.1', '{{"name": "Production CRM"}}'
    FROM generate_series(1, {events}) n JOIN (
        SELECT id, account_id, row_number() OVER (PARTITION BY account_id = {acme} ORDER BY id) AS place,
            account_id = {acme} AS of_acme
        FROM oncekeys_apikey
    ) key ON key.of_acme = (n % 10 = 0)
        AND key.place = CASE WHEN n % 10 = 0 THEN n / 10 % {deleted} ELSE n % {keys} END + 1;
    INSERT INTO accounts_invitation (account_id, email, role, token_digest, invited_by_id, created_at, expires_at,
        accepted_at, link_shown)
    SELECT {acme}, n || '@guests.example', 'member', md5(n::text) || md5(n::text), {ada}, now(), now(), now(), false
    FROM generate_series(1, {accounts}) n;
    SET session_replication_role = origin;
"""

TABLES = ("apikey", "auditevent", "keyusage", "keyaddress", "account")


class Cost(NamedTuple):
    """The cost of one page. `rows` is how many the database reads for the query that reads the most."""

    name: str
    queries: int
    milliseconds: float
    rows: int
    kilobytes: float


def main(scale: int) -> None:
    with PostgresServer(settings={"autovacuum": "off", "max_wal_size": "4GB"}) as server:
        os.environ |= {"DATABASE_URL": server.url, "SECRET_KEY": "x" * 50, "LOG_LEVEL": "WARNING"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        pages, client = _seed(scale)
        print(f"{'page':34} {'queries':>7} {'ms':>7} {'rows read':>9} {'KB':>6}")
        for name, path in pages.items():
            cost = _cost(client, name, path)
            print(f"{cost.name:34} {cost.queries:7} {cost.milliseconds:7.1f} {cost.rows:9} {cost.kilobytes:6.1f}")
        print(f"\n{'table':34} {'rows':>9} {'bytes a row':>11} {'of indexes':>10}")
        for line in _sizes():
            print("{:34} {:9} {:11.0f} {:10.0f}".format(*line))


def _seed(scale: int) -> tuple[dict[str, str], Any]:
    """Return the pages by name, and a client signed in as someone who may see them all."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client, override_settings

    from accounts.models import User
    from accounts.services import site_accounts
    from oncekeys.models import ApiKey

    uncollected = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    override_settings(
        ALLOWED_HOSTS=["*"], STORAGES={**settings.STORAGES, "staticfiles": uncollected}, WHITENOISE_AUTOREFRESH=True
    ).enable()
    call_command("migrate", verbosity=0)
    acme = site_accounts.create(name="Acme", owner_email="ada@acme.example", owner_name="Ada Lovelace")
    ada = User.objects.get(email="ada@acme.example")
    User.objects.filter(pk=ada.pk).update(is_staff=True, is_superuser=True)
    sizes = {
        "accounts": ACCOUNTS // scale,
        "keys": ACCOUNTS // scale * KEYS_OF_EACH,
        "events": EVENTS // scale,
        "usage": USAGE // scale,
    }
    with connection.cursor() as cursor:
        cursor.execute(SEED.format(each=KEYS_OF_EACH, deleted=DELETED_OF_ONE, acme=acme.pk, ada=ada.pk, **sizes))
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    key_id = ApiKey.objects.filter(account=acme).values_list("key_id", flat=True)[0]
    return _pages(key_id), client


def _pages(key_id: str) -> dict[str, str]:
    admin, keys = "/admin/oncekeys", "/accounts/acme/settings/integrations/apis-webhooks/"
    activity = "/accounts/acme/settings/activity/"
    return {
        "admin: accounts": f"{admin}/account/",
        "admin: accounts, searched": f"{admin}/account/?q=account-7",
        "admin: keys": f"{admin}/apikey/",
        "admin: keys, by name": f"{admin}/apikey/?q=Key+77",
        "admin: keys, by account": f"{admin}/apikey/?q=acme",
        "admin: keys, by ID": f"{admin}/apikey/?q={key_id}",
        "admin: keys that are deleted": f"{admin}/apikey/?deleted_at__isempty=0",
        "admin: events": f"{admin}/auditevent/",
        "admin: events of a kind": f"{admin}/auditevent/?kind__exact=api_key.paused",
        "admin: events of an account": f"{admin}/auditevent/?q=account-7",
        "admin: events of a large account": f"{admin}/auditevent/?q=acme",
        "admin: events of a person": f"{admin}/auditevent/?q=ada%40acme.example",
        "admin: events of a key": f"{admin}/auditevent/?q={key_id}",
        "admin: events, nothing found": f"{admin}/auditevent/?q=nothing",
        "admin: people": "/admin/accounts/user/",
        "keys of the account": keys,
        "one key": f"{keys}keys/{key_id}/",
        "activity": activity,
        "activity of a key": f"{activity}?key={key_id}",
        "activity of a person": f"{activity}?person=system",
    }


def _cost(client: Any, name: str, path: str) -> Cost:
    from django.db import connection

    client.get(path)  # what is read once for a process or a session
    with _statements(connection) as statements:
        answer = client.get(path)
    if answer.status_code != 200:
        sys.exit(f"{path} was answered with {answer.status_code}.")
    plans = [_plan(connection, *statement) for statement in statements]
    return Cost(
        name,
        len(plans),
        sum(milliseconds for milliseconds, _ in plans),
        max(rows for _, rows in plans),
        len(answer.content) / 1000,
    )


@contextmanager
def _statements(connection: Any) -> Iterator[list[tuple[str, Any]]]:
    """Each statement with its parameters."""
    statements = []

    def wrapper(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        statements.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(wrapper):
        yield statements


def _plan(connection: Any, sql: str, parameters: Any) -> tuple[float, int]:
    """Return the best time for planning and execution, and the rows that scans read, filtered ones too."""
    if not sql.startswith("SELECT"):
        return 0, 0
    took = []
    with connection.cursor() as cursor:
        for _ in range(ROUNDS):
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", parameters)
            ((plan,),) = cursor.fetchone()
            took.append(plan["Planning Time"] + plan["Execution Time"])
    rows = sum(_read_by(node) for node in _nodes(plan["Plan"]) if "Scan" in node["Node Type"])
    return min(took), rows


def _read_by(node: dict[str, Any]) -> int:
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round(each * node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _sizes() -> list[tuple[str, int, float, float]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) / greatest(reltuples, 1), "
            "pg_indexes_size(oid) / greatest(reltuples, 1) "
            "FROM pg_class WHERE relname = ANY(%s) ORDER BY relname",
            [[*(f"oncekeys_{name}" for name in TABLES), "accounts_invitation"]],
        )
        return list(cursor.fetchall())


if __name__ == "__main__":
    main(SMALL if "--small" in sys.argv[1:] else 1)
