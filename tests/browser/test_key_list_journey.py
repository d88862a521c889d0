"""The list of keys in a browser: searching as one types, filtering, resuming, and what the page weighs."""

import gzip
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, Route, expect

from dev.keyring import fill
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By
from tests.browser.conftest import PHONE, TOUCH

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
LIST_ITSELF = re.compile("/apis-webhooks/$")
HOUR = timedelta(hours=1)
BUDGET = 60_000
WAYS = [
    pytest.param({}, id="desk"),
    pytest.param(TOUCH, id="phone", marks=pytest.mark.full),
    pytest.param({"java_script_enabled": False}, id="without-javascript", marks=pytest.mark.full),
]


@pytest.fixture
def desk_in_use(acme, ada, crm):
    """25 keys and a pair, all used for 30 days; the new key of the pair was paused."""
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=24 * HOUR).api_key
    fill(acme, 25)
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.bulk_create(
        KeyUsage(api_key=key, hour=this_hour - hours * HOUR, outcome="accepted", calls=(hours * key.pk) % 997 + 1)
        for key in acme.api_keys.all()
        for hours in range(0, 720, 8)
    )
    ApiKey.objects.filter(name__startswith="Key").update(last_used_at=timezone.now(), first_used_at=timezone.now())
    ApiKey.objects.filter(name="Key 7").update(created_at=timezone.now() - timedelta(days=200))
    api_keys.pause(api_key=new, by=By(ada))


def headings(page: Page):
    return page.get_by_role("heading", level=3)


def looks_for_news(request: Request) -> bool:
    return "oncekeys-watch" in request.headers


def weight(page: Page, path: str) -> int:
    """Bytes that the page and all it loads take on their way, compressed as a deployment sends them."""
    bodies: list[bytes] = []
    page.on("response", lambda response: bodies.append(response.body()))
    page.goto(path, wait_until="networkidle")
    return sum(len(gzip.compress(body, compresslevel=6)) for body in bodies)


def test_the_list_is_searched_while_one_types_and_the_focus_stays(open_as, ada, desk_in_use):
    page = open_as(ada, LIST)
    search = page.get_by_label("Search by name or key ID")

    search.press_sequentially("key 1")

    expect(headings(page)).to_have_text([f"Key {number}" for number in range(19, 9, -1)])
    expect(search).to_be_focused()
    expect(search).to_have_value("key 1")
    expect(page.locator("#oncekeys-announcer")).to_have_text("10 of 25 keys match")
    expect(page).to_have_url(re.compile(r"\?q=key\+1$"))
    page.reload()
    expect(headings(page)).to_have_count(10)


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.full)], ids=["live", "without-javascript"]
)
def test_the_list_is_sorted_by_the_head_of_a_column(open_as, ada, desk_in_use, scripts):
    page = open_as(ada, LIST, java_script_enabled=scripts)

    page.get_by_role("link", name="Key", exact=True).click()

    expect(headings(page).first).to_have_text("Key 10")
    expect(page).to_have_url(re.compile(r"\?sort=name$"))


@pytest.mark.full  # as the head of a column
def test_a_phone_sorts_as_soon_as_one_chooses(open_as, ada, desk_in_use):
    page = open_as(ada, LIST, **TOUCH)

    page.get_by_label("Sort by").select_option("Name")

    expect(headings(page).first).to_have_text("Key 10")
    expect(page).to_have_url(re.compile(r"\?sort=name$"))


@pytest.mark.full  # tests/pages says the same
def test_a_search_lasts_when_the_keys_change(open_as, ada, desk_in_use):
    page = open_as(ada, LIST)
    page.get_by_label("Search by name or key ID").fill("key 1")
    expect(headings(page)).to_have_count(10)

    page.get_by_role("link", name="Delete Key 12", exact=True).click()
    page.get_by_role("button", name="Delete key").click()

    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Key 12” was deleted.")
    expect(headings(page)).to_have_count(9)
    expect(page.get_by_label("Search by name or key ID")).to_have_value("key 1")


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.full)], ids=["live", "without-javascript"]
)
def test_a_whole_key_is_never_searched_for(open_as, ada, crm, acme, scripts):
    fill(acme, 4)
    page = open_as(ada, LIST, java_script_enabled=scripts)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    search = page.get_by_label("Search by name or key ID")

    search.fill(crm.token.reveal())
    search.press("Enter")

    expect(page.get_by_text("This is a complete key, so we didn’t search for it.")).to_be_visible()
    search.fill("production")
    search.press("Enter")
    expect(headings(page)).to_have_text(["Production CRM"])
    assert not any(crm.token.reveal()[-49:] in url for url in asked)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_what_needs_attention_filters_and_leads_back(open_as, ada, desk_in_use, way):
    page = open_as(ada, LIST, **way)

    page.get_by_role("link", name="1 key older than 180 days").click()

    expect(headings(page)).to_have_text(["Key 7"])
    filters = page.get_by_role("navigation", name="Show")
    expect(filters.get_by_role("link", name="Needs attention")).to_have_attribute("aria-current", "true")
    filters.get_by_role("link", name="Needs attention").click()
    expect(headings(page)).to_have_text(["Production CRM", "Key 7"])
    filters.get_by_role("link", name="All").click()
    expect(headings(page)).to_have_count(25)


@pytest.mark.parametrize("way", WAYS)
def test_a_menu_has_what_can_be_done_with_a_key(open_as, ada, crm, way):
    page = open_as(ada, LIST, **way)
    menu = page.get_by_role("group", name="Actions for Production CRM")
    expect(menu).to_have_count(0)

    page.get_by_role("button", name="Actions for Production CRM").click()

    expect(menu.get_by_role("link")).to_have_text(["Rotate…", "Pause…", "Edit…", "Delete…"])
    page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    page.get_by_role("button", name="Actions for Production CRM").click()
    menu.get_by_role("link", name="Pause…").click()
    page.get_by_role("button", name="Pause key").click()
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” is paused.")


def test_a_dialog_from_a_menu_gives_the_focus_back_to_its_button(open_as, ada, crm):
    page = open_as(ada, LIST)
    button = page.get_by_role("button", name="Actions for Production CRM")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Rotate key")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_the_key_id_is_copied_from_the_menu(open_as, ada, crm):
    page = open_as(ada, LIST, permissions=["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Actions for Production CRM").click()
    page.get_by_role("button", name="Copy key ID").click()

    expect(page.locator("#oncekeys-announcer")).to_have_text("Key ID copied")
    assert page.evaluate("navigator.clipboard.readText()") == crm.api_key.public_id


@pytest.mark.full
def test_an_open_menu_stays_open_when_the_first_request_comes(open_as, ada, crm, site):
    page = open_as(ada, LIST)
    held: list[Route] = []
    page.route(LIST_ITSELF, lambda route: held.append(route) if looks_for_news(route.request) else route.continue_())
    with page.expect_request(looks_for_news):
        pass
    page.get_by_role("button", name="Actions for Production CRM").click()
    site.test(crm.token.reveal())

    with page.expect_response(lambda response: looks_for_news(response.request)):
        held[0].continue_()

    expect(page.get_by_role("link", name="Rotate…")).to_be_visible()
    page.unroute_all()
    page.keyboard.press("Escape")
    expect(page.get_by_text(re.compile("Working since"))).to_be_visible(timeout=15_000)


def test_a_press_while_the_list_is_fetched_is_not_lost(open_as, ada, crm):
    page = open_as(ada, LIST)
    held = []
    page.route(re.compile("/delete/$"), lambda route: held.append(route))
    page.get_by_role("link", name="Delete Production CRM").click()
    expect(page.get_by_role("link", name="Delete Production CRM")).to_have_attribute("aria-busy", "true")

    with page.expect_response(re.compile("apis-webhooks/$")):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('api-keys-changed'))")
    expect(page.get_by_role("link", name="Delete Production CRM")).not_to_have_attribute("aria-busy", "true")
    held[0].continue_()

    expect(page.get_by_role("dialog", name="Delete Key")).to_be_visible()


@pytest.mark.full  # tests/pages says the same
def test_the_row_leads_to_the_key(open_as, ada, crm):
    page = open_as(ada, LIST)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Production CRM"))

    place = row.get_by_text("Not used yet").bounding_box()
    page.mouse.click(place["x"] + 5, place["y"] + 5)

    expect(page).to_have_url(re.compile(crm.api_key.key_id))


@pytest.mark.full  # tests/pages says the same
def test_a_deleted_key_is_found_under_deleted(open_as, ada, crm):
    page = open_as(ada, LIST)
    page.get_by_role("link", name="Delete Production CRM").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” was deleted.")

    page.get_by_role("link", name="Deleted 1").click()

    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Production CRM"))
    expect(row).to_contain_text("Deleted")
    expect(row.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=pytest.mark.full)], ids=["live", "without-javascript"]
)
def test_a_paused_key_is_resumed_with_one_press(open_as, ada, crm, site, scripts):
    api_keys.pause(api_key=crm.api_key, by=By(ada))
    page = open_as(ada, LIST, java_script_enabled=scripts)
    assert site.test(crm.token.reveal()).json()["code"] == "paused_key"

    page.get_by_role("button", name="Resume Production CRM").click()

    expect(page.get_by_role("button", name="Resume Production CRM")).to_have_count(0)
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("is active again")
    assert site.test(crm.token.reveal()).status_code == 200


@pytest.mark.full  # tests/pages says the same
def test_the_list_is_searched_and_sorted_without_javascript(open_as, ada, desk_in_use):
    page = open_as(ada, LIST, java_script_enabled=False, viewport=PHONE)

    page.get_by_label("Search by name or key ID").fill("key 2")
    page.get_by_label("Sort by").select_option("Name")
    page.get_by_role("button", name="Search").click()

    expect(headings(page)).to_have_text([f"Key {number}" for number in (2, 20, 21, 22, 23, 24, 25)])
    expect(page).to_have_url(re.compile(r"\?q=key\+2&sort=name$"))
    page.get_by_role("link", name="Show all").click()
    expect(headings(page)).to_have_count(25)


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("way", WAYS)
def test_an_expired_key_stays_in_the_list_is_refused_and_can_be_deleted(open_as, ada, crm, site, way):
    ApiKey.objects.update(expires_at=timezone.now() - HOUR)
    page = open_as(ada, LIST, **way)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Production CRM"))

    expect(row).to_contain_text("Expired")
    expect(page.get_by_text("0 of 25 keys")).to_be_visible()
    assert site.test(crm.token.reveal()).json()["code"] == "expired_key"
    row.get_by_role("link", name="Delete Production CRM").click()
    expect(page.get_by_text("It has expired and no longer works.")).to_be_visible()
    page.get_by_role("button", name="Delete key").click()

    expect(row).to_have_count(0)
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“Production CRM” was deleted.")


@pytest.mark.full  # tests/pages says the same
@pytest.mark.parametrize("look", [{}, TOUCH], ids=["desk", "phone"])
def test_the_facts_of_a_pair_follow_what_happens(open_as, ada, crm, site, look):
    new = rotation.rotate(api_key=crm.api_key, by=By(ada), grace=24 * HOUR)
    page = open_as(ada, LIST, **look)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Production CRM"))
    expect(row).to_contain_text("New key: not used yet.")

    site.test(new.token.reveal())

    expect(row).to_contain_text("Not used since the new key took over, just now", timeout=15_000)
    page.get_by_role("link", name="Delete the old key of Production CRM").click()
    page.get_by_role("button", name="Delete old key").click()
    expect(row).not_to_contain_text("Old key")
    assert site.test(crm.token.reveal()).status_code == 401
    assert site.test(new.token.reveal()).status_code == 200


def test_the_list_on_a_phone(open_as, ada, desk_in_use):
    page = open_as(ada, LIST, **TOUCH)

    page.get_by_label("Search by name or key ID").fill("crm")
    expect(headings(page)).to_have_text(["Production CRM"])

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Resume Production CRM").tap()
    expect(page.get_by_role("button", name="Resume Production CRM")).to_have_count(0)


def test_the_list_in_use_is_accessible(open_as, check_accessibility, ada, desk_in_use, everything):
    page = open_as(ada, LIST, bypass_csp=True)

    for query in ("", *(["?show=deleted", "?q=nothing", "?show=old", "?show=idle"] if everything else [])):
        page.goto(f"{LIST}{query}")
        check_accessibility(page)


def test_the_page_with_all_it_loads_stays_under_60_kilobytes(open_as, ada, desk_in_use):
    page = open_as(ada, "/accounts/acme/")

    total = weight(page, LIST)

    assert page.locator(".sparkline__today").count() == 26
    assert total < BUDGET
