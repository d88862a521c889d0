"""The shop, with a key each of two accounts, as its people made them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest

from tests.hosts.project import Project

collect_ignore = ["foreign"]  # tests of other people's projects, which run in their own environments


@dataclass(frozen=True)
class Keys:
    acme: str
    umbrella: str


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, migrated, with the accounts acme and umbrella."""
    folder = tmp_path_factory.mktemp("shop")
    project = Project("shop", _own_database(f"sqlite:///{folder / 'db.sqlite3'}"), folder)
    project.manage_all(("migrate", "--verbosity=0"), ("create_account", "Acme"), ("create_account", "Umbrella"))
    return project


@pytest.fixture(scope="session")
def keys(shop: Project) -> Keys:
    return Keys(*shop.manage_all(*(("create_api_key", account, "Storefront") for account in ("acme", "umbrella"))))


@pytest.fixture(scope="session")
def site(shop: Project) -> Iterator[httpx.Client]:
    """A client of the shop as it is deployed, by WSGI."""
    with shop.server() as client:
        yield client


def _own_database(sqlite_url: str) -> str:
    """A new one on the tests' PostgreSQL, or a file."""
    tests = urlsplit(os.environ["DATABASE_URL"])
    if tests.scheme == "sqlite":
        return sqlite_url
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE shop_{os.getpid()}")  # pytest-xdist has several at once
    return urlunsplit(tests._replace(path=f"/shop_{os.getpid()}"))
