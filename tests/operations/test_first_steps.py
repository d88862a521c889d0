"""The first steps and the daily ones of `docs/operators.md`, as they are written there."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.utils import timezone

from accounts.models import Invitation, Role
from accounts.services import invitations
from dev.ports import free_port
from dev.postgresql import PostgresServer
from dev.servers import ROOT, database_url
from oncekeys.services.by import By

DOCUMENT = (ROOT / "docs" / "operators.md").read_text()
COMMANDS = dict(re.findall(r"```sh name=([\w-]+)\n(.*?)```", DOCUMENT, re.DOTALL))
PASSWORD = "p@ss:w/o#r?d%"
JOB = re.compile(r"^[ \d]+(?:\* +){3,4}(cd .+)$", re.MULTILINE)


def run(command: list[str | Path], *, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    everything = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, env=everything, capture_output=True, text=True, check=False)


@pytest.fixture
def server_with_passwords(monkeypatch) -> Iterator[str]:
    """Run PostgreSQL as Debian sets it up, which asks for a password over the network. Yields its address."""
    port = str(free_port())
    monkeypatch.setenv("PGPORT", port)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as rules:
        rules.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        rules.flush()
        Path(rules.name).chmod(0o644)
        settings = {"listen_addresses": "127.0.0.1", "port": port, "hba_file": rules.name}
        with PostgresServer(settings=settings) as server, psycopg.connect(server.url, autocommit=True) as database:
            database.execute(f"ALTER ROLE oncekeys PASSWORD '{PASSWORD}'")
            database.execute("CREATE DATABASE oncekeys OWNER oncekeys")
            yield f"127.0.0.1:{port}"


@pytest.mark.full
@pytest.mark.postgresql
def test_the_documented_database_url_has_a_password_and_tls(server_with_passwords):
    (documented,) = re.findall(r"^DATABASE_URL=(postgresql://.*)$", DOCUMENT.split("## As a service")[0], re.MULTILINE)
    address = documented.replace("db.internal", server_with_passwords)

    def migrations(url: str) -> subprocess.CompletedProcess[str]:
        return run([sys.executable, "manage.py", "showmigrations", "accounts"], DATABASE_URL=url)

    without_tls = migrations(address.replace("<password>", quote(PASSWORD, safe="")))
    let_in = migrations(address.replace("<password>", quote(PASSWORD, safe="")).replace("=require", "=prefer"))
    refused = migrations(address.replace("<password>", "wrong").replace("=require", "=prefer"))

    assert "0001_initial" in let_in.stdout
    assert "SSL was required" in without_tls.stderr
    assert "password authentication failed" in refused.stderr


def git(*arguments: str, folder: Path) -> str:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main")
    done = run(["git", *who, *arguments], folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [([], "newest"), (["v0.1.0"], "v0.1.0"), (["v0.9.0", "v0.10.0", "nightly"], "v0.10.0")],
    ids=["no release yet", "one release", "the newest of many"],
)
def test_an_upgrade_checks_out_the_newest_release_or_what_is_newest(tmp_path, tags, expected):
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    git("init", folder=origin)
    git("commit", "--allow-empty", "--message=first", folder=origin)
    git("clone", "--quiet", str(origin), str(clone), folder=tmp_path)
    for tag in tags:
        git("commit", "--allow-empty", f"--message={tag}", folder=origin)
        git("tag", tag, folder=origin)
    git("commit", "--allow-empty", "--message=newest", folder=origin)

    command = COMMANDS["checkout"].replace("/srv/oncekeys", str(clone))
    done = run(["sh", "-euc", command])

    assert done.returncode == 0, done.stderr
    assert git("log", "-1", "--format=%s", folder=clone) == expected


def jobs() -> dict[str, str]:
    """Return the jobs by their commands."""
    table = DOCUMENT.split("## Daily")[1].split("```")[1]
    return {re.findall(r"manage\.py (\w+)", job)[0]: job.replace(r"\%", "%") for job in JOB.findall(table)}


def do(job: str, folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run it as cron does: by `sh -c`."""
    places = {
        "cd /srv/oncekeys": f"cd {ROOT}",
        "python manage.py": f"{sys.executable} manage.py",
    }
    for documented, here in places.items():
        job = job.replace(documented, here)
    return run(["/bin/sh", "-c", job], DATABASE_URL=url)


def test_the_crontab_has_two_jobs():
    assert jobs().keys() == {"send_expiry_warnings", "delete_ended"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.full  # as the daily service
@pytest.mark.parametrize("name", ["send_expiry_warnings", "delete_ended"])
def test_a_job_that_works_has_cron_mail_nothing(acme, tmp_path, name):
    done = do(jobs()[name], tmp_path, database_url())

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def do_daily(url: str) -> subprocess.CompletedProcess[str]:
    """Run the daily service as systemd does."""
    unit = (ROOT / "docs" / "systemd" / "oncekeys-daily.service").read_text()
    (command,) = re.findall("^ExecStart=(.+)$", unit, re.MULTILINE)
    python = command.replace("$$", "$").replace(".venv/bin/python", sys.executable)
    return run(["/bin/sh", "-c", f"cd {ROOT} && {python}"], DATABASE_URL=url)


@pytest.mark.django_db(transaction=True)
def test_the_daily_service_does_what_the_crontab_does_once_a_day(acme, ada):
    invited = invitations.invite(account=acme, by=By(ada), email="carol@guests.example", role=Role.MEMBER).invitation
    Invitation.objects.filter(pk=invited.pk).update(expires_at=timezone.now() - timedelta(days=91))

    done = do_daily(database_url())

    assert (done.returncode, done.stdout, done.stderr) == (0, "Sent 0 warnings.\n", "")
    assert not Invitation.objects.exists()


@pytest.mark.full  # as the jobs themselves
def test_the_daily_service_fails_where_a_job_does():
    assert do_daily("postgresql://oncekeys@127.0.0.1:1/oncekeys").returncode != 0


@pytest.mark.parametrize("name", [pytest.param("send_expiry_warnings", marks=pytest.mark.full), "delete_ended"])
def test_a_job_that_fails_has_cron_mail_one_sentence(tmp_path, name):
    done = do(jobs()[name], tmp_path, "postgresql://oncekeys@127.0.0.1:1/oncekeys")

    assert done.returncode != 0
    assert "The database" in done.stderr
    assert "Traceback" not in done.stderr
