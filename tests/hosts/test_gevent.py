"""Our app in the shop's project, under gevent."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.xdist_group("shop")

# One greenlet asks for a key while the table is locked; the other must get its turn meanwhile.
LOOK_UP = """
from gevent import monkey
monkey.patch_all()
import django
django.setup()
import os, sys, gevent, psycopg
from django.test import Client
client = Client(headers={"API-Key": sys.argv[1]})
assert client.get("/orders").status_code == 200

with psycopg.connect(os.environ["DATABASE_URL"]) as lock, psycopg.connect(os.environ["DATABASE_URL"]) as monitor:
    lock.execute("LOCK TABLE oncekeys_apikey")
    look_up = gevent.spawn(lambda: client.get("/orders").status_code)
    while not monitor.execute("SELECT FROM pg_locks WHERE NOT granted").fetchall():
        gevent.sleep(0.01)
    assert not look_up.ready()
print(look_up.get())
"""


@pytest.mark.full
@pytest.mark.postgresql
def test_look_up_lets_other_greenlets_work(shop, keys):
    done = subprocess.run(
        [sys.executable, "-c", LOOK_UP, keys.acme],
        env=shop.environment(CONN_MAX_AGE="600"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.stdout.split() == ["200"], done.stderr
