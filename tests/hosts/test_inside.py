"""The key pages inside a project: who sees them, what a refusal says, and how people prove who they are."""

from urllib.parse import urlencode

import pytest

from tests.hosts.inside.running import KEYS, TEAM_KEYS, running, send

pytestmark = pytest.mark.xdist_group("inside")

NEW = f"{TEAM_KEYS}keys/new/"
CONFIRM = f"/o/acme/integrations/confirm/?{urlencode({'next': NEW})}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with running(tmp_path_factory.mktemp("inside")) as project:
        yield project


@pytest.fixture
def as_person(shop):
    """A client of someone: `as_person("ada")`."""
    clients = []

    def sign_in(name):
        client = shop.client()
        clients.append(client)
        send(client, "/people/login/", username=name, password=name)
        return client

    yield sign_in
    for client in clients:
        client.close()


def test_signed_out_leads_to_the_projects_sign_in(shop):
    with shop.client() as client:
        answer = client.get(KEYS)

    assert answer.headers["Location"] == f"/people/login/?next={KEYS}"


def test_refusal_is_said_inside_the_projects_page(as_person):
    answer = as_person("bob").get(TEAM_KEYS)

    assert answer.status_code == 403
    assert "Basket" in answer.text
    assert "Only people who manage acme can view its API keys." in answer.text


def test_reference_is_inside_the_projects_page_and_open_to_anyone(shop):
    with shop.client() as visitor:
        answer = visitor.get("/api/")
        refused = visitor.get("/api/v1/test").json()

    assert answer.status_code == 200
    assert "Basket" in answer.text
    assert f'id="{refused["type"].partition("/api/#")[2]}"' in answer.text


def test_reference_is_kept_in_shared_caches_only_as_strangers_see_it(shop):
    with shop.client() as visitor:
        assert "public" in visitor.get("/api/").headers["Cache-Control"]
        assert "private" in visitor.get("/api/", headers={"Cookie": "who=ada"}).headers["Cache-Control"]


def test_disabled_account_is_said_inside_the_projects_page(shop, as_person):
    bob = as_person("bob")
    assert bob.get(KEYS).status_code == 200
    shop.project.manage("disable_account", "auth-user-1")

    answer = bob.get(KEYS)

    assert answer.status_code == 403
    assert "This account is disabled." in answer.text


def test_other_teams_pages_are_not_there(as_person):
    assert as_person("ada").get("/o/umbrella/integrations/").status_code == 404


def test_links_stay_where_the_page_is_mounted(as_person):
    ada = as_person("ada")

    assert 'href="/o/acme/integrations/activity/"' in ada.get(TEAM_KEYS).text
    assert 'href="/settings/integrations/activity/"' in ada.get(KEYS).text


def test_boosted_link_loads_the_page_whole(as_person):
    answer = as_person("ada").get(KEYS, headers={"HX-Request": "true", "HX-Boosted": "true"})

    assert answer.headers["HX-Redirect"] == KEYS
    assert answer.text == ""


def test_password_is_asked_for_and_leads_back(as_person):
    ada = as_person("ada")
    assert ada.get(NEW).headers["Location"] == CONFIRM
    before = ada.cookies["sessionid"]

    answer = send(ada, CONFIRM, password="ada")

    assert answer.headers["Location"] == NEW
    assert ada.get(NEW).status_code == 200
    assert ada.cookies["sessionid"] != before, "who else has the old cookie has proven nothing"


@pytest.mark.parametrize("password", ["", "bob", "ada "])
def test_wrong_password_proves_nothing(as_person, password):
    ada = as_person("ada")

    answer = send(ada, CONFIRM, password=password)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert not password or password not in answer.text.split("<form")[-1]
    assert ada.get(NEW).headers["Location"] == CONFIRM


def test_guessing_ends_for_the_right_password_too(as_person):
    eve = as_person("eve")

    answers = [send(eve, CONFIRM, password=guess) for guess in ("a", "b", "c", "d", "e", "eve")]

    assert {answer.status_code for answer in answers} == {422}
    assert "Too many tries." in answers[-1].text
    assert eve.get(NEW).headers["Location"] == CONFIRM


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_password_page_leads_nowhere_else(as_person, elsewhere):
    answer = send(
        as_person("grace"), f"/o/acme/integrations/confirm/?{urlencode({'next': elsewhere})}", password="grace"
    )

    assert answer.headers["Location"] == TEAM_KEYS
