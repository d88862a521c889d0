"""Takes pictures of the product: those of the README, or with a folder as argument, all pages in all looks.

make screenshots              two pictures into docs/images/
make screenshots LOOK=shots   every page and dialog, wide and narrow, light and dark, into shots/
"""

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
scratch = tempfile.TemporaryDirectory()
os.environ |= {
    "DATABASE_URL": f"sqlite:///{scratch.name}/pictures.sqlite3",
    "STATIC_ROOT": f"{scratch.name}/static",
    "SECRET_KEY": "only-for-pictures-of-a-database-that-is-thrown-away",
    "ENV_FILE": os.devnull,
    "EMAIL_URL": "dummy:",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

import django  # noqa: E402

django.setup()

import demo  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services import site_accounts  # noqa: E402
from dev.chromium import running_chromium  # noqa: E402
from dev.keyring import fill  # noqa: E402
from dev.scenes import SCENES as PEOPLES  # noqa: E402
from dev.scenes.stage import Stage  # noqa: E402
from dev.servers import running_server  # noqa: E402
from oncekeys.models import Account, ApiKey  # noqa: E402
from oncekeys.services import api_keys  # noqa: E402
from oncekeys.services.by import By  # noqa: E402

SIZES: dict[str, ViewportSize] = {"wide": {"width": 1280, "height": 800}, "narrow": {"width": 390, "height": 844}}
EMAIL = "ada@acme.example"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
KEYS = "settings/integrations/apis-webhooks/"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    ada = tell_a_story()
    with running_server(Path(scratch.name) / "log") as server, running_chromium() as browser:
        if folder:
            picture_everything(browser, server.url, ada, folder)
        else:
            picture_for_the_readme(browser, server.url, ada)
    scratch.cleanup()


def tell_a_story() -> User:
    """Accounts of Ada's: one whose keys are in every state, one with three, one with none, one that is full."""
    demo.open_account(EMAIL, name="Acme Logistics")
    ada = User.objects.get(email=EMAIL)
    site_accounts.create(name="Empty", owner_email=EMAIL)
    make_three(site_accounts.create(name="Three", owner_email=EMAIL), ada)
    full = site_accounts.create(name="Full", owner_email=EMAIL)
    fill(full, 25)
    demo.use(full.api_keys.all(), now=timezone.now())
    return ada


def make_three(account: Account, ada: User) -> None:
    """One that waits, one that is paused, one that has expired."""
    waiting, paused, expired = (
        api_keys.create(account=account, by=By(ada), name=name).api_key for name in ("Partner portal", "CRM", "Trial")
    )
    ages_ago = timezone.now() - timedelta(days=40)
    demo.use([paused, expired], now=ages_ago)
    ApiKey.objects.exclude(pk=waiting.pk).filter(account=account).update(created_at=ages_ago)
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=9), slot=None)
    api_keys.pause(api_key=paused, by=By(ada))
    api_keys.delete(api_key=api_keys.create(account=account, by=By(ada), name="Old dashboard").api_key, by=By(ada))


def picture_for_the_readme(browser: Browser, url: str, ada: User) -> None:
    for scheme in SCHEMES:
        page = open_page(browser, url, ada, viewport={"width": 1280, "height": 980}, color_scheme=scheme)
        page.goto(f"/accounts/acme-logistics/{KEYS}")
        page.screenshot(path=ROOT / "docs" / "images" / f"api-keys-{scheme}.png")


def picture_everything(browser: Browser, url: str, ada: User, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    open_as = partial(open_page, browser, url)
    for name, show in SCENES.items():
        page = open_as(ada)
        show(page)
        picture_in_every_look(page, folder, name)
    for name, scene in PEOPLES.items():
        picture_in_every_look(scene.play(Stage(open_as)), folder, name)


def picture_in_every_look(page: Page, folder: Path, name: str) -> None:
    # What lies behind a dialog is shaded as far as the window goes.
    is_dialog = page.get_by_role("dialog").count() > 0
    for (size, viewport), scheme in product(SIZES.items(), SCHEMES):
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=not is_dialog)
    page.context.close()


def open_page(browser: Browser, url: str, person: User | None, path: str = "", **options: object) -> Page:
    # Without motion, a picture is never taken halfway.
    context = browser.new_context(base_url=url, reduced_motion="reduce", **options)  # type: ignore[arg-type]
    if person:
        sign_in(context, url, person)
    page = context.new_page()
    if path:
        page.goto(path)
    return page


def sign_in(context: BrowserContext, url: str, person: User) -> None:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


def at(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


def create_dialog(page: Page) -> None:
    page.goto(f"/accounts/empty/{KEYS}")
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").wait_for()


def create_error(page: Page) -> None:
    create_dialog(page)
    page.get_by_role("button", name="Generate key").click()
    page.locator("[aria-invalid=true]").wait_for()


def created_dialog(page: Page) -> None:
    create_dialog(page)
    page.get_by_label("API Key Name").fill("Data warehouse")
    page.get_by_role("button", name="Generate key").click()
    page.get_by_role("group", name="API key").wait_for()
    Account.objects.get(slug="empty").api_keys.get(deleted_at=None).wipe(at=timezone.now())


def question(page: Page) -> None:
    created_dialog(page)
    page.keyboard.press("Escape")


def delete_dialog(page: Page) -> None:
    page.goto(f"/accounts/acme-logistics/{KEYS}")
    page.get_by_role("link", name="Delete Customer sync").click()
    page.get_by_role("dialog").wait_for()


def old_key(name: str) -> Callable[[Page], object]:
    """The page of the old key of a rotation."""

    def open_it(page: Page) -> None:
        key = ApiKey.objects.get(account__slug="acme-logistics", name=name, successor__isnull=False)
        page.goto(f"/accounts/acme-logistics/{KEYS}keys/{key.key_id}/")

    return open_it


def rotate_refused(page: Page) -> None:
    page.goto(f"/accounts/acme-logistics/{KEYS}")
    page.get_by_role("button", name="Actions for Invoice export").click()
    page.get_by_role("link", name="Rotate…").click()
    page.get_by_role("dialog").wait_for()


def delete_old_dialog(name: str) -> Callable[[Page], object]:
    def open_it(page: Page) -> None:
        page.goto(f"/accounts/acme-logistics/{KEYS}")
        page.get_by_role("link", name=f"Delete the old key of {name}").click()
        page.get_by_role("dialog").wait_for()

    return open_it


def find_dialog(page: Page) -> None:
    page.goto(f"/accounts/three/{KEYS}")
    page.get_by_role("link", name="Check a leaked key").click()
    page.get_by_role("dialog").wait_for()


def found(page: Page) -> None:
    three = Account.objects.get(slug="three")
    somewhere = api_keys.create(account=three, by=By.system(), name="Data warehouse")
    find_dialog(page)
    page.get_by_role("textbox", name="Leaked key").fill(f"export API_KEY={somewhere.token.reveal()}")
    page.get_by_role("button", name="Check key").click()
    page.get_by_role("dialog", name="Key found").wait_for()
    api_keys.delete(api_key=somewhere.api_key, by=By.system())


def in_tab(language: str) -> Callable[[Page], object]:
    """The created dialog with the lines in this language."""

    def show(page: Page) -> None:
        created_dialog(page)
        page.get_by_role("radio", name=language, exact=True).check()

    return show


def row_menu(page: Page) -> None:
    page.goto(f"/accounts/acme-logistics/{KEYS}")
    page.get_by_role("button", name="Actions for Staging importer").click()


def key_page(name: str, account: str = "acme-logistics", query: str = "") -> Callable[[Page], object]:
    """The page of the key that has this name now."""

    def show(page: Page) -> None:
        key = ApiKey.objects.filter(account__slug=account, name=name, deleted_at=None).latest("created_at")
        page.goto(f"/accounts/{account}/{KEYS}keys/{key.key_id}/{query}")

    return show


def key_menu(page: Page) -> None:
    key_page("Mobile app")(page)
    page.get_by_role("button", name="Actions for Mobile app").click()


def chart_read(page: Page) -> None:
    key_page("Invoice export")(page)
    page.get_by_role("img", name="Requests per day").focus()
    page.keyboard.press("ArrowLeft")


def rotate_now(page: Page) -> None:
    key_page("Mobile app")(page)
    page.get_by_role("link", name="Rotate", exact=True).click()
    page.get_by_role("radio", name="Now").check()


def gear_menu(page: Page) -> None:
    page.goto("/accounts/acme-logistics/")
    page.get_by_role("button", name="Settings").click()


SCENES: dict[str, Callable[[Page], object]] = {
    "home": at("/accounts/acme-logistics/"),
    "gear": gear_menu,
    "account": at("/accounts/acme-logistics/settings/"),
    "tiles": at("/accounts/acme-logistics/settings/integrations/"),
    "keys-0": at(f"/accounts/empty/{KEYS}"),
    "keys": at(f"/accounts/acme-logistics/{KEYS}"),
    "keys-3": at(f"/accounts/three/{KEYS}"),
    "keys-25": at(f"/accounts/full/{KEYS}"),
    "keys-found": at(f"/accounts/full/{KEYS}?q=key+2&sort=calls"),
    "keys-none": at(f"/accounts/full/{KEYS}?q=warehouse"),
    "keys-attention": at(f"/accounts/acme-logistics/{KEYS}?show=attention"),
    "keys-deleted": at(f"/accounts/three/{KEYS}?show=deleted"),
    "menu": row_menu,
    "key": key_page("Mobile app"),
    "key-90-days": key_page("Mobile app", query="?days=90"),
    "key-menu": key_menu,
    "key-chart": chart_read,
    "key-unused": key_page("Partner portal", "three"),
    "key-paused": key_page("CRM", "three"),
    "create": create_dialog,
    "create-error": create_error,
    "created": created_dialog,
    "created-python": in_tab("Python"),
    "created-env": in_tab(".env"),
    "question": question,
    "delete": delete_dialog,
    "delete-old-called": delete_old_dialog("Invoice export"),
    "delete-old-unused": delete_old_dialog("Data warehouse"),
    "key-old-called": old_key("Invoice export"),
    "key-old-unused": old_key("Data warehouse"),
    "rotate-now": rotate_now,
    "rotate-refused": rotate_refused,
    "create-page": at(f"/accounts/empty/{KEYS}keys/new/"),
    "find": find_dialog,
    "found": found,
    "activity": at("/accounts/acme-logistics/settings/activity/"),
    "not-found": at("/accounts/nowhere/"),
}


if __name__ == "__main__":
    main()
