"""Our app in the shop's project, over HTTP."""

import pytest

DOORS = {
    "decorator": "/orders",
    "async decorator": "/orders/async",
    "class": "/orders/class",
    "middleware": "/guarded/orders",
    "Django REST framework": "/drf/orders",
    "Django REST framework, tokens first": "/drf/orders/tokens-first",
    "Django Ninja": "/ninja/orders",
    "async Django Ninja": "/ninja/orders/async",
}


def test_nothing_is_wrong_with_the_project(shop):
    shop.manage("check", "--fail-level", "WARNING")
    shop.manage("makemigrations", "--check", "--dry-run")


@pytest.mark.parametrize("door", DOORS)
def test_a_key_opens_the_door(site, keys, door):
    assert site.get(DOORS[door], headers={"API-Key": keys.acme}).json() == {"account": "acme"}
