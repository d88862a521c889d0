"""The API reference at `/api/`: a page that anyone may read, made from the OpenAPI document."""

import re
from html import unescape
from types import ModuleType
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from oncekeys.doors.decorators import api_key_required

pytestmark = pytest.mark.django_db

REFERENCE, DESCRIPTION, TEST = "/api/", "/api/openapi.json", "/api/v1/test"
DESCRIBED = '</api/openapi.json>; rel="service-desc"; type="application/json", </api/>; rel="service-doc"'
ID = re.compile(r'\bid="([^"]+)"')


@pytest.fixture
def urls(settings):
    """A project with these URLs: `urls(path("guarded", view))`."""

    def use(*patterns) -> None:
        settings.ROOT_URLCONF = module = ModuleType("urls")
        vars(module)["urlpatterns"] = list(patterns)

    return use


guarded = path("guarded", api_key_required(lambda request: HttpResponse("in")))


def text_of(answer) -> str:
    return unescape(re.sub(r"<[^>]+>", "", answer.content.decode()))


def _printed(sentence: str) -> str:
    return sentence.replace("'", "’")


def test_it_is_the_same_page_for_everyone(client, signed_in, ada):
    visitor = client.get(REFERENCE)
    member = signed_in(ada).get(REFERENCE, headers={"Accept-Language": "ar"})

    assert visitor.status_code == 200
    assert visitor.content == member.content
    assert (visitor["Content-Language"], visitor.cookies) == ("en", {})


def test_a_form_in_the_projects_base_keeps_it_out_of_shared_caches(client, settings, tmp_path):
    """Its token is for one person, even if they come without a cookie."""
    (tmp_path / "oncekeys").mkdir()
    (tmp_path / "oncekeys" / "public.html").write_text("<form>{% csrf_token %}</form>")
    engine, *others = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]]}, *others]

    assert "private" in client.get(REFERENCE)["Cache-Control"]


def test_it_is_kept_in_caches_and_asked_for_again_by_its_tag(client):
    answer = client.get(REFERENCE)
    again = client.get(REFERENCE, headers={"If-None-Match": answer["ETag"]})

    assert set(answer["Cache-Control"].split(", ")) == {"public", "max-age=300"}
    assert (again.status_code, again.content) == (304, b"")


def test_a_link_that_swaps_whole_pages_loads_it_whole(client):
    answer = client.get(REFERENCE, headers={"HX-Request": "true", "HX-Boosted": "true"})

    assert (answer["HX-Redirect"], answer["Cache-Control"]) == (REFERENCE, "no-store")


def test_every_refusal_has_its_row(client):
    page = client.get(REFERENCE)
    text, ids = text_of(page), ID.findall(page.content.decode())

    assert len(ids) == len(set(ids))
    for problem in client.get(DESCRIPTION).json()["x-problems"]:
        type_ = urlsplit(problem["type"])
        assert (type_.path, type_.fragment) == (REFERENCE, problem["code"])
        assert problem["code"] in ids
        assert _printed(problem["meaning"]) in text
        assert _printed(problem["remedy"]) in text


def test_every_operation_of_the_description_is_there(client):
    text = text_of(client.get(REFERENCE))

    for url, methods in client.get(DESCRIPTION).json()["paths"].items():
        for method, operation in methods.items():
            assert re.search(rf"{method.upper()}\s+{url}\s", text)
            assert operation["summary"] in text
            assert _printed(operation["description"]) in text
            for sample in operation["x-codeSamples"]:
                assert sample["source"] in text


def test_it_names_the_scopes_and_the_limit_of_this_site(client, settings):
    settings.ONCEKEYS_SCOPES = ["read-only", "invoices:write", "full"]
    settings.ONCEKEYS_FAILURES_PER_MINUTE = 17

    text = text_of(client.get(REFERENCE))

    assert "Requests that need invoices:write." in " ".join(text.split())
    assert "limited to 17 a minute" in text


def test_a_refusal_leads_to_its_row(client, settings):
    settings.PUBLIC_URL = "http://keys.example"
    refused = client.get(TEST)
    type_ = urlsplit(refused.json()["type"])

    assert f"{type_.scheme}://{type_.netloc}" == "http://keys.example"
    assert f'id="{type_.fragment}"' in client.get(type_.path).content.decode()


@pytest.mark.parametrize("key", [True, False])
def test_every_answer_of_the_api_says_where_it_is_described(crm, key):
    headers = {"API-Key": crm.token.reveal()} if key else {}
    calls = [("GET", TEST), ("POST", "/api/v1/key/rotate"), ("DELETE", "/api/v1/key"), ("GET", DESCRIPTION)]

    answers = [Client().generic(method, url, headers=headers) for method, url in [*calls, ("GET", REFERENCE)]]

    assert [answer["Link"] for answer in answers] == [DESCRIBED] * 5


def test_an_answer_to_a_proxy_does_not(client, crm):
    """It is passed on as the answer of another API."""
    assert "Link" not in client.get("/api/v1/verify", headers={"API-Key": crm.token.reveal()}).headers
    assert "Link" not in client.get("/api/v1/verify").headers


def test_it_is_found_wherever_a_project_has_put_it(client, urls, settings):
    settings.PUBLIC_URL = "https://shop.example"
    mounted = path("integrations/", include(([path("keys-api/", include("oncekeys.api_urls"))], "shop")))
    urls(mounted, guarded, path("", include("accounts.urls")))

    refused = client.get("/guarded", secure=True).json()
    described = client.get("/integrations/keys-api/openapi.json", secure=True).json()

    assert refused["type"] == "https://shop.example/integrations/keys-api/#missing_key"
    assert described["servers"] == [{"url": "https://shop.example"}]
    assert next(iter(described["paths"])) == "/integrations/keys-api/v1/test"
    assert "https://shop.example/integrations/keys-api/v1/test" in text_of(
        client.get("/integrations/keys-api/", secure=True)
    )


def test_without_a_public_url_it_says_where_it_was_asked(client, settings):
    settings.PUBLIC_URL = ""

    assert "https://testserver/api/v1/test" in client.get(REFERENCE, secure=True).content.decode()


def test_without_a_reference_a_refusal_has_no_type(client, urls):
    urls(guarded)

    assert client.get("/guarded").json()["type"] == "about:blank"


def test_the_page_of_the_keys_and_a_new_key_lead_to_it(signed_in, ada):
    keys = "/accounts/acme/settings/integrations/apis-webhooks/"
    listed = signed_in(ada).get(keys).content.decode()
    created = signed_in(ada).post(f"{keys}keys/new/", {"name": "CRM", "environment": "production", "scopes": ["full"]})

    assert f'<a class="button" href="{REFERENCE}">' in listed
    assert f'<a href="{REFERENCE}" target="_blank">API reference</a>' in created.content.decode()
