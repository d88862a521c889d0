"""An admin goes from the gear icon to a key in the clipboard that works."""

import re
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from dev.keyring import fill
from oncekeys.models import ApiKey
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.browser.conftest import TOUCH

LIST = "/accounts/acme/settings/integrations/apis-webhooks/"
KEY = re.compile(r"^ok_(live|test)_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$")
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def walk_to_the_keys(page: Page) -> None:
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("navigation", name="Settings menu").get_by_role("link", name="Account Integrations").click()
    page.get_by_role("link", name="APIs & Webhooks").click()


def create(page: Page, name: str) -> str:
    """Up to the key on the screen, which is returned."""
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill(name)
    page.get_by_role("button", name="Generate key").click()
    shown = page.get_by_role("group", name="API key")
    expect(shown).to_have_text(KEY)
    return shown.text_content() or ""


def anything_left_of(page: Page, key: str) -> list[str]:
    """Where the page, what it stores, or its history still has the secret."""
    secret = key[-49:-6]
    places = {
        "document": page.content(),
        "sessionStorage": page.evaluate("JSON.stringify(sessionStorage)"),
        "localStorage": page.evaluate("JSON.stringify(localStorage)"),
        "history": page.evaluate("JSON.stringify(history.state)"),
        "url": page.url,
        "cookies": str(page.context.cookies()),
    }
    return [place for place, content in places.items() if secret in (content or "")]


def test_the_whole_way_to_a_key_that_works(open_as, ada, site):
    page = open_as(ada, "/", permissions=CLIPBOARD)
    walk_to_the_keys(page)
    expect(page.get_by_text("0 of 25 keys")).to_be_visible()

    key = create(page, "Data warehouse")
    dialog = page.get_by_role("dialog", name="API Key Created Successfully")
    expect(dialog).to_contain_text("displayed only once")
    page.get_by_role("button", name="Copy & close").click()

    expect(dialog).to_have_count(0)
    expect(page.locator("#oncekeys-alerts").get_by_text("Key copied. Store it in your secret manager.")).to_be_visible()
    expect(page.locator("#oncekeys-announcer")).to_have_text("Key copied. Store it in your secret manager.")
    assert page.evaluate("navigator.clipboard.readText()") == key
    assert site.test(key).json()["key"]["name"] == "Data warehouse"
    expect(page.get_by_text("1 of 25 keys")).to_be_visible()
    expect(page.get_by_role("heading", name="Data warehouse")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "program"),
    [
        ("curl", "curl"),
        *(pytest.param(*each, marks=pytest.mark.full) for each in (("Python", "python3"), ("Node", "node"))),
    ],
)
def test_the_lines_work_in_a_shell_as_they_are(open_as, ada, site, language, program):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    create(page, "Pasted")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=language, exact=True).check()

    lines = [
        copied(page, "Copy the export line", "export "),
        copied(page, f"Copy the {language} command", program),
    ]
    said = subprocess.run(["sh"], input="\n".join(lines), capture_output=True, text=True, timeout=60).stdout

    assert "Your API key works." in said
    expect(dialog.get_by_text(re.compile(r"Working since \d\d:\d\d")).first).to_be_visible(timeout=15_000)


def copied(page: Page, button: str, beginning: str) -> str:
    """Return what the button puts into the clipboard."""
    page.get_by_role("button", name=button).click()
    holds = "(beginning) => navigator.clipboard.readText().then((text) => text.startsWith(beginning))"
    page.wait_for_function(holds, arg=beginning)
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.full
def test_the_line_for_env_is_the_key(open_as, ada):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    key = create(page, "CRM")
    page.get_by_role("radio", name=".env").check()

    assert copied(page, "Copy the line for .env", "ONCEKEYS") == f"ONCEKEYS_API_KEY={key}"
    expect(page.get_by_role("button", name="Copy the export line")).to_have_count(0)


@pytest.mark.full  # as with Copy & close
def test_the_key_is_copied_without_closing_and_then_let_go_of(open_as, ada):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    key = create(page, "CRM")

    assert copied(page, "Copy key", "ok_") == key
    expect(page.get_by_role("group", name="API key")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert anything_left_of(page, key) == []


@pytest.mark.full
def test_only_the_key_just_made_is_tinted_until_the_page_is_loaded_again(open_as, ada, crm):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    create(page, "Second")
    page.get_by_role("button", name="Copy & close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    assert ground_of(page, "Second") != ground_of(page, "Production CRM")
    page.reload()
    assert ground_of(page, "Second") == ground_of(page, "Production CRM")


def ground_of(page: Page, name: str) -> str:
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name))
    return str(row.evaluate("(row) => getComputedStyle(row).backgroundColor"))


def test_the_dialog_opens_on_its_field_and_gives_the_focus_back(open_as, ada):
    page = open_as(ada, LIST)
    opener = page.get_by_role("link", name="Create API key")

    opener.click()
    expect(page.get_by_label("API Key Name")).to_be_focused()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(open_as, ada, site):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    page.get_by_role("link", name="Create API key").focus()

    page.keyboard.press("Enter")
    expect(page.get_by_label("API Key Name")).to_be_focused()
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copy & close")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert site.test(page.evaluate("navigator.clipboard.readText()")).status_code == 200

    page.get_by_role("link", name="Delete By hand").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="API Keys")).to_contain_text("“By hand” was deleted.")


def test_an_error_stands_beside_its_field_and_what_was_typed_stays(open_as, ada, crm):
    page = open_as(ada, LIST)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill("production crm")
    page.get_by_text("Staging").click()

    page.get_by_role("button", name="Generate key").click()

    field = page.get_by_label("API Key Name")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("already an active key"))
    expect(field).to_have_value("production crm")
    expect(field).to_be_focused()
    expect(page.get_by_role("radio", name="Staging")).to_be_checked()
    expect(page.get_by_role("button", name="Generate key")).not_to_have_attribute("aria-busy", "true")


def test_a_refused_clipboard_keeps_the_key_shown_and_selected(open_as, ada):
    page = open_as(ada, LIST)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')) }")
    key = create(page, "CRM")

    page.get_by_role("button", name="Copy & close").click()

    expect(page.get_by_role("alert").filter(has_text="didn’t let us copy")).to_be_visible()
    expect(page.get_by_role("group", name="API key")).to_have_text(key)
    assert page.evaluate("getSelection().toString().replaceAll(/\\s/g, '')") == key


@pytest.mark.full  # as where the clipboard refuses
def test_the_key_is_copied_over_http_without_a_clipboard_api(open_as, ada):
    page = open_as(ada, LIST, host="keys.test")
    assert page.evaluate("navigator.clipboard === undefined")
    key = create(page, "CRM")

    page.get_by_role("button", name="Copy & close").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").focus()
    page.keyboard.press("Control+V")
    # The field takes 64 characters, as many as a name may have.
    expect(page.get_by_label("API Key Name")).to_have_value(key[:64])


@pytest.mark.full  # as where the clipboard refuses
def test_where_nothing_can_copy_the_page_says_so_and_stays(open_as, ada):
    page = open_as(ada, LIST, host="keys.test")
    page.evaluate("() => { document.execCommand = () => false }")
    key = create(page, "CRM")

    page.get_by_role("button", name="Copy & close").click()

    expect(page.get_by_role("alert").filter(has_text="didn’t let us copy")).to_be_visible()
    assert page.evaluate("getSelection().toString().replaceAll(/\\s/g, '')") == key


@pytest.mark.parametrize("way", ["escape", pytest.param("outside", marks=pytest.mark.full)])
def test_the_key_is_not_lost_by_accident(open_as, ada, way):
    page = open_as(ada, LIST)
    key = create(page, "CRM")

    for _ in range(3):
        page.keyboard.press("Escape") if way == "escape" else page.mouse.click(5, 5)
        expect(page.get_by_text("Close without copying?")).to_be_visible()
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_role("group", name="API key")).to_have_text(key)

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close without copying").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert anything_left_of(page, key) == []


def test_leaving_the_page_with_a_key_that_was_not_copied_asks_first(open_as, ada):
    page = open_as(ada, LIST)
    create(page, "CRM")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.evaluate("location.href = '/'")
    page.wait_for_function("() => true")

    assert asked == ["beforeunload"]
    expect(page.get_by_role("group", name="API key")).to_be_visible()


def test_closing_leaves_nothing_of_the_key_even_after_back(open_as, ada):
    page = open_as(ada, "/accounts/acme/settings/integrations/", permissions=CLIPBOARD)
    page.get_by_role("link", name="APIs & Webhooks").click()
    key = create(page, "CRM")
    page.get_by_role("button", name="Copy & close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert anything_left_of(page, key) == []

    page.goto("/accounts/acme/")
    for move in (page.go_back, page.go_back, page.go_forward):
        move()
        assert anything_left_of(page, key) == []


@pytest.mark.full  # as from the dialog
def test_nothing_of_the_key_is_left_after_back_from_the_full_page(open_as, ada):
    page = open_as(ada, LIST, permissions=CLIPBOARD)
    page.goto(f"{LIST}keys/new/")
    page.get_by_label("API Key Name").fill("CRM")
    page.get_by_role("button", name="Generate key").click()
    key = page.get_by_role("group", name="API key").text_content()
    assert KEY.match(key)

    page.get_by_role("button", name="Copy & close").click()
    page.wait_for_url(f"**{LIST}")

    assert page.evaluate("navigator.clipboard.readText()") == key
    assert anything_left_of(page, key) == []
    page.go_back()
    assert anything_left_of(page, key) == []
    assert ApiKey.objects.count() == 1


@pytest.mark.full  # as the totals do
@pytest.mark.parametrize("look", [{}, TOUCH], ids=["desk", "phone"])
def test_the_row_of_a_new_key_tells_of_its_first_call_by_itself(open_as, ada, site, look):
    page = open_as(ada, LIST, permissions=CLIPBOARD, **look)
    key = create(page, "CRM")
    page.get_by_role("button", name="Copy & close").click()
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="CRM"))
    expect(row).to_contain_text("Not used yet")

    site.test(key)

    expect(row).to_contain_text(re.compile(r"Working since \d\d:\d\d"), timeout=15_000)


@pytest.mark.full
def test_an_unused_old_key_shows_its_first_call(open_as, ada, crm, site):
    ApiKey.objects.update(created_at=timezone.now() - timedelta(days=40))
    page = open_as(ada, LIST)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Production CRM"))
    expect(row).to_contain_text("Not used yet")

    site.test(crm.token.reveal())

    expect(row).to_contain_text(re.compile(r"Working since \d\d:\d\d"), timeout=20_000)


def test_the_whole_way_with_javascript_off(open_as, ada, site):
    page = open_as(ada, "/", java_script_enabled=False)
    walk_to_the_keys(page)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_text("Staging").click()
    page.get_by_role("button", name="Generate key").click()
    expect(page.get_by_text("Enter a name")).to_be_visible()
    expect(page.get_by_role("radio", name="Staging")).to_be_checked()

    page.get_by_label("API Key Name").fill("No script")
    page.get_by_role("button", name="Generate key").click()

    key = page.get_by_role("group", name="API key").text_content()
    assert site.test(key).json()["key"]["name"] == "No script"
    expect(page.get_by_role("button", name="Copy & close")).to_have_count(0)
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("heading", name="No script")).to_be_visible()

    page.get_by_role("link", name="Delete No script").click()
    expect(page.get_by_text("immediately lose access")).to_be_visible()
    page.get_by_role("button", name="Delete key").click()
    expect(page.get_by_text("“No script” was deleted.")).to_be_visible()
    assert site.test(key).status_code == 401


@pytest.mark.full
def test_the_whole_way_on_a_narrow_phone(open_as, ada):
    page = open_as(ada, "/", permissions=CLIPBOARD, **TOUCH)
    walk_to_the_keys(page)
    key = create(page, "Phone")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Copy & close").tap()

    expect(page.get_by_role("heading", name="Phone")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("navigator.clipboard.readText()") == key


@pytest.mark.full  # tests/pages says the same
def test_at_25_the_button_is_disabled_and_the_page_says_what_to_do(open_as, acme, ada):
    fill(acme, 25)

    page = open_as(ada, LIST)

    button = page.get_by_role("button", name="Create API key")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("You’ve reached the limit of 25 keys"))
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "25")


def test_a_form_is_sent_once_however_often_its_button_is_pressed(open_as, ada):
    page = open_as(ada, LIST)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill("CRM")
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))

    page.get_by_role("button", name="Generate key").evaluate("(button) => { button.click(); button.click() }")

    expect(page.get_by_role("group", name="API key")).to_be_visible()
    assert len(posts) == 1


def test_an_answer_that_does_not_come_is_told_and_nothing_typed_is_lost(open_as, ada):
    page = open_as(ada, LIST)
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill("CRM")
    page.route("**/keys/new/", lambda route: route.abort())

    page.get_by_role("button", name="Generate key").click()

    expect(page.get_by_role("alert").filter(has_text="server")).to_be_visible()
    expect(page.get_by_label("API Key Name")).to_have_value("CRM")


@pytest.mark.full
def test_signing_in_again_leads_back_here(open_as, ada):
    page = open_as(ada, LIST)
    page.context.clear_cookies()

    page.get_by_role("link", name="Create API key").click()

    page.wait_for_url(f"**/login/?next={LIST}")


@pytest.mark.full  # tests/pages says the same
def test_a_key_someone_else_deleted_meanwhile_is_told_of(open_as, ada, crm):
    page = open_as(ada, LIST)
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    page.get_by_role("link", name="Delete Production CRM").click()

    expect(page.get_by_role("alert").filter(has_text="no longer exists")).to_be_visible()
    expect(page.get_by_role("heading", name="Production CRM")).to_have_count(0)
