"""The key pages inside a foreign project: neither changes how the other looks or works."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import choose
from tests.browser.test_create_journey import CLIPBOARD, anything_left_of, create
from tests.hosts.inside.running import KEYS, TEAM_KEYS, running

pytestmark = pytest.mark.xdist_group("inside a host")

# What the browser makes of each element, and of what is drawn with it, with and without a stylesheet. Not how far down
# things are and reach, which is decided by what is above and inside.
DIFFERENCES = """([selector, name]) => {
  const sheet = [...document.styleSheets].find(({ href }) => href.includes(name));
  const parts = [...document.querySelectorAll(selector)].flatMap((each) => [
    [each], [each, "::before"], [each, "::after"],
    ...(each.matches("input, textarea") ? [[each, "::placeholder"]] : []),
    ...(each.matches("dialog") ? [[each, "::backdrop"]] : []),
  ]);
  const ignored = /^(--|top|bottom|inset-block|height|block-size|.*-origin)/;
  const names = [...getComputedStyle(document.body)].filter((each) => !ignored.test(each));
  const looks = () => {
    document.getAnimations().forEach((each) => each.finish());
    const styles = parts.map((part) => getComputedStyle(...part));
    return styles.map((style) => names.map((each) => style.getPropertyValue(each)));
  };
  const before = looks();
  sheet.disabled = true;
  const after = looks();
  sheet.disabled = false;
  return parts.flatMap(([element, part], index) => {
    const changed = names.filter((_, each) => before[index][each] !== after[index][each]);
    return changed.length ? [`${element.outerHTML.slice(0, 80)}${part ?? ""}: ${changed}`] : [];
  });
}"""
OURS = ".oncekeys, .oncekeys *"
THEIRS = "html, body, body *:not(.oncekeys, .oncekeys *, link, script, template)"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with running(tmp_path_factory.mktemp("inside")) as shop:
        yield shop


@pytest.fixture
def session_of(site):
    return site.session_of


@pytest.fixture
def open_as(open_as, site):
    """Open a page as on the site: `open_as("ada", KEYS)`. `asks` are the cookies that change the project's look."""

    def open_page(person, path, *, asks=(), **options):
        page = open_as(person, "/healthz", reduced_motion="reduce", **options)
        page.context.add_cookies([{"name": name, "value": name, "url": site.url} for name in asks])
        page.goto(path)
        return page

    return open_page


def open_list(page: Page) -> None:
    page.on("dialog", lambda question: question.accept())  # the key was not copied
    page.goto(KEYS)
    page.get_by_text("Working since").first.wait_for()


def open_dialog(page: Page) -> None:
    page.goto(KEYS)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_text("More options").click()


def open_key(page: Page) -> None:
    page.goto(KEYS)
    page.get_by_role("link", name="Looks", exact=True).click()
    page.get_by_text("View as table").click()


def open_activity(page: Page) -> None:
    page.goto("/settings/integrations/activity/")


def open_reference(page: Page) -> None:
    page.goto("/api/#paused_key")
    page.get_by_text("Everything detail can say").click()


def test_neither_style_reaches_the_other(open_as, site, everything):
    page = open_as("grace", KEYS)
    key = create(page, "Looks")
    assert site.test(key).is_success  # so that there is a chart to look at

    for show in (open_list, open_dialog, *([open_key, open_activity, open_reference] if everything else [])):
        show(page)

        assert page.evaluate(DIFFERENCES, [THEIRS, "inside.css"]) == []
        assert page.evaluate(DIFFERENCES, [OURS, "shop.css"]) == []


def test_only_a_page_with_a_dark_side_has_dark_keys(open_as):
    grounds = {}
    for asks in ((), ("both",)):
        page = open_as("ada", KEYS, color_scheme="dark", asks=asks)
        grounds[asks] = page.evaluate("getComputedStyle(document.querySelector('.oncekeys')).backgroundColor")
        page.emulate_media(color_scheme="light")
        grounds["light"] = page.evaluate("getComputedStyle(document.querySelector('.oncekeys')).backgroundColor")

    assert grounds[()] == grounds["light"] != grounds[("both",)]


@pytest.mark.parametrize(
    "asks",
    [(), *(pytest.param((asked,), marks=pytest.mark.full) for asked in ("htmx", "no-policy"))],
    ids=["strict policy", "their htmx", "no policy"],
)
def test_the_whole_way_by_dialogs(open_as, site, asks):
    page = open_as("ada", KEYS, permissions=CLIPBOARD, asks=asks)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_label("API Key Name")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")

    key = create(page, "CRM")
    page.get_by_role("button", name="Copy & close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert anything_left_of(page, key) == []
    assert site.test(key).is_success

    choose(page, "Rotate…", "CRM")
    page.get_by_role("button", name="Rotate key").click()
    successor = page.get_by_role("group", name="API key").text_content()
    page.get_by_role("button", name="Copy & close").click()
    assert site.test(successor).is_success

    for name in ("Delete the old key of CRM", "Delete CRM"):
        page.get_by_role("link", name=name).click()
        page.get_by_role("button", name=re.compile("^Delete (old )?key$")).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("link", name=name)).to_have_count(0)  # the list is fetched again
    expect(page.get_by_text("0 of 25 keys")).to_be_visible()
    assert site.test(key).status_code == site.test(successor).status_code == 401


def test_project_keeps_its_own_htmx(open_as):
    page = open_as("ada", "/", asks=["htmx"])
    page.once("dialog", lambda question: question.accept())  # which the project asks of its own links
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("heading", name="APIs & Webhooks")).to_be_visible()

    page.wait_for_load_state()  # their htmx begins with the whole page
    page.get_by_role("button", name="Ping").click()

    expect(page.locator("#alerts")).to_have_text("ok")
    assert page.evaluate("htmx.config.historyCacheSize") == 7
    assert page.locator("script[src*=htmx-2]").count() == 1


@pytest.mark.full  # the same script as on the site
def test_back_button_leads_back_through_filters(open_as):
    page = open_as("ada", "/settings/integrations/activity/")
    page.get_by_label("Who").select_option(label="The system")
    expect(page).to_have_url(re.compile("person=system"))

    page.go_back()

    expect(page.get_by_label("Who")).to_have_value("")


def test_dialog_opens_again_once_the_password_is_right(open_as):
    page = open_as("ada", TEAM_KEYS)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("Password").fill("ada")
    page.get_by_role("button", name="Continue").click()

    expect(page.get_by_role("dialog", name="Create API key")).to_be_visible()
    assert page.url.endswith(TEAM_KEYS)


@pytest.mark.full  # tests/hosts says the same
def test_the_whole_way_without_javascript(open_as, site):
    page = open_as("eve", TEAM_KEYS, java_script_enabled=False)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This isn’t your password.")).to_be_visible()
    page.get_by_label("Password").fill("eve")
    page.get_by_role("button", name="Continue").click()

    key = create_as_page(page, "ERP")
    assert site.test(key).is_success

    choose(page, "Rotate…", "ERP")
    page.get_by_role("button", name="Rotate key").click()
    successor = page.get_by_role("group", name="API key").text_content()
    page.get_by_role("link", name="Close").click()
    assert site.test(successor).is_success

    page.get_by_role("link", name="Delete ERP").click()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_text("“ERP” was deleted.")).to_have_count(1)
    assert site.test(successor).status_code == 401


def create_as_page(page: Page, name: str) -> str:
    page.get_by_label("API Key Name").fill(name)
    page.get_by_role("button", name="Generate key").click()
    key = page.get_by_role("group", name="API key").text_content()
    page.get_by_role("link", name="Close").click()
    return key or ""
