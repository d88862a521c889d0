"""The shop's caches keep nothing of an answer to a key that another key could see."""

import pytest

pytestmark = pytest.mark.xdist_group("shop")

DOORS = {
    "decorator": "/orders",
    "async decorator": "/orders/async",
    "class": "/orders/class",
    "cache_page behind the decorator": "/orders/cached/behind",
    "cache_page before the decorator": "/orders/cached/before",
    "cache_page before a class": "/orders/cached/class",
    "cache_page behind a class": "/orders/cached/class/behind",
    "middleware": "/guarded/orders",
    "cache_page behind the middleware": "/guarded/cached",
    "Django REST framework": "/drf/orders",
    "Django REST framework, tokens first": "/drf/orders/tokens-first",
    "cache_page before Django REST framework": "/drf/cached",
    "cache_page behind Django REST framework": "/drf/cached/behind",
    "Django Ninja": "/ninja/orders",
    "async Django Ninja": "/ninja/orders/async",
    "cache_page in Django Ninja": "/ninja/orders/cached",
    "authenticate": "/own",
    "async authenticate": "/own/async",
    "test endpoint": "/api/v1/test",
    "forward-auth": "/api/v1/verify",
}
VARY = {"api-key", "x-api-key", "authorization"}


@pytest.fixture(scope="module", params=["before the doors", pytest.param("behind the doors", marks=pytest.mark.full)])
def site(request, shop):
    with shop.server(SITE_CACHE=request.param) as client:
        yield client


@pytest.fixture(scope="module")
def asgi_site(shop):
    with shop.server("asgi") as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
def test_each_account_gets_its_own_answer(site, keys, door):
    answers = [whose(call(site, door, key)) for key in (keys.acme, keys.umbrella, keys.acme, keys.umbrella)]

    assert answers == ["acme", "umbrella", "acme", "umbrella"]


def test_deleted_key_gets_no_answer_from_a_cache(shop, site):
    key = shop.key("acme", f"Short-lived {site.base_url.port}")
    assert {whose(call(site, door, key)) for door in DOORS} == {"acme"}

    shop.manage("delete_api_key", "acme", key[8:20])

    assert {call(site, door, key).status_code for door in DOORS} == {401}


@pytest.mark.parametrize("door", [door for door in DOORS if "authenticate" not in door])
@pytest.mark.parametrize("of", ["acme", None])
def test_answer_names_the_headers_and_is_private(site, asgi_site, keys, door, of):
    for each in (site, asgi_site):
        answer = call(each, door, keys.acme if of else None)

        assert answer.is_success is bool(of)
        assert vary(answer) >= VARY
        assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("door", ["authenticate", "async authenticate"])
def test_answer_after_authenticate_is_private(site, keys, door):
    assert "private" in call(site, door, keys.acme).headers["Cache-Control"]


def test_view_may_let_caches_share_its_answer(site, keys):
    answers = [site.get("/orders/public", headers={"API-Key": key}) for key in (keys.acme, keys.umbrella)]

    assert [whose(answer) for answer in answers] == ["acme", "umbrella"]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=60"}
    assert vary(answers[0]) >= VARY


def test_view_may_say_for_how_long(site, keys):
    answer = site.get("/orders/minute", headers={"API-Key": keys.acme})

    assert set(answer.headers["Cache-Control"].split(", ")) == {"max-age=60", "private"}


def test_error_page_behind_a_door_is_private_too(site, keys):
    answer = site.get("/orders/absent", headers={"API-Key": keys.acme})

    assert answer.status_code == 404
    assert (answer.headers["Cache-Control"], vary(answer) >= VARY) == ("private", True)


def test_open_view_may_be_cached_but_a_key_gets_its_own_answer(site, keys):
    anonymous = site.get("/drf/open")
    let_in = site.get("/drf/open", headers={"API-Key": keys.acme})

    assert [whose(anonymous), whose(let_in)] == ["by token", "acme"]
    assert "private" not in anonymous.headers.get("Cache-Control", "")


def call(site, door, key):
    return site.get(DOORS[door], headers={"API-Key": key, "X-Our-Own": key} if key else {})


def whose(answer):
    if not answer.is_success:
        return answer.status_code
    if "X-Oncekeys-Account" in answer.headers:
        return answer.headers["X-Oncekeys-Account"]
    account = answer.json()["account"]
    return account["slug"] if isinstance(account, dict) else account


def vary(answer):
    return {name.strip().lower() for name in answer.headers.get("Vary", "").split(",")}
