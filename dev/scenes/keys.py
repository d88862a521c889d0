"""The keys as their account sees them: in every status, with a menu open, and the dialog that shows a new one."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Role
from dev.scenes.stage import Programme, Stage
from oncekeys.models import ApiKey, KeyUsage
from oncekeys.services import api_keys, rotation
from oncekeys.services.by import By

DAY = timedelta(days=1)

KEYS = Programme()


@KEYS.scene("oncekeys:apis_webhooks")
def keys_menu(stage: Stage) -> Page:
    """A key in every status, reasons to look at some, and the menu of one."""
    page = stage.open(_list(_busy(stage)))
    page.get_by_role("button", name="Actions for Mobile app").click()
    return page


@KEYS.scene("oncekeys:apis_webhooks")
def keys_attention(stage: Stage) -> Page:
    return stage.open(f"{_list(_busy(stage))}?show=attention")


@KEYS.scene("oncekeys:apis_webhooks")
def keys_deleted(stage: Stage) -> Page:
    return stage.open(f"{_list(_busy(stage))}?show=deleted")


@KEYS.scene("oncekeys:apis_webhooks")
def keys_arabic(stage: Stage) -> Page:
    type(stage.ada).objects.filter(pk=stage.ada.pk).update(language="ar")
    return stage.open(_list(_busy(stage)))


@KEYS.scene("oncekeys:apis_webhooks")
def key_created_python(stage: Stage) -> Page:
    """With the lines for Python, and the list behind it."""
    page = stage.open(_list(stage))
    page.get_by_role("link", name="Create API key").click()
    page.get_by_label("API Key Name").fill("Data warehouse")
    page.get_by_role("button", name="Generate key").click()
    page.get_by_role("radio", name="Python").check()
    return page


@KEYS.scene("oncekeys:api_key")
def key_paused_menu(stage: Stage) -> Page:
    """Paused after it was used and refused, with its menu open."""
    page = stage.open(_page(_busy(stage), "Partner portal"))
    page.get_by_role("button", name="Actions for Partner portal").click()
    return page


@KEYS.scene("oncekeys:api_key")
def key_chart(stage: Stage) -> Page:
    """Show the chart with the day before today read out."""
    page = stage.open(f"{_page(_busy(stage), 'Mobile app')}?days=90")
    page.get_by_role("img", name="Requests per day").focus()
    page.keyboard.press("ArrowLeft")
    return page


@KEYS.scene("oncekeys:api_key")
def key_unused(stage: Stage) -> Page:
    return stage.open(_page(_busy(stage), "Nightly export"))


@KEYS.scene("oncekeys:activity")
def activity(stage: Stage) -> Page:
    return stage.open(f"/accounts/{_busy(stage).acme.slug}/settings/activity/")


@KEYS.scene("account_home")
def home_attention(stage: Stage) -> Page:
    return stage.open(f"/accounts/{_busy(stage).acme.slug}/")


def _busy(stage: Stage) -> Stage:
    """Acme with keys that are used, paused, replaced, expiring, expired, not used yet and deleted."""
    grace = stage.join("Grace Hopper", Role.ADMIN)
    names = ("Mobile app", "Partner portal", "Data warehouse", "Staging importer", "Trial", "Old dashboard")
    keys = {name: api_keys.create(account=stage.acme, by=By(grace), name=name).api_key for name in names}
    _use(keys["Mobile app"], outcome="accepted", calls=4873)
    _use(keys["Mobile app"], outcome="address_not_allowed", calls=1200)
    _use(keys["Partner portal"], outcome="paused_key", calls=12)
    ApiKey.objects.filter(account=stage.acme).update(created_at=timezone.now() - 40 * DAY)
    ApiKey.objects.filter(pk=keys["Staging importer"].pk).update(expires_at=timezone.now() + 5 * DAY)
    ApiKey.objects.filter(pk=keys["Trial"].pk).update(expires_at=timezone.now() - DAY, slot=None)
    api_keys.pause(api_key=keys["Partner portal"], by=By(grace))
    rotation.rotate(api_key=keys["Data warehouse"], by=By(grace, "198.51.100.23"), grace=7 * DAY)
    api_keys.delete(api_key=keys["Old dashboard"], by=By(stage.ada))
    api_keys.create(account=stage.acme, by=By(stage.ada), name="Nightly export")
    return stage


def _use(key: ApiKey, *, outcome: str, calls: int) -> None:
    """Record this many requests today, and nearly as many on the days before."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    KeyUsage.objects.bulk_create(
        KeyUsage(api_key=key, hour=now - days * DAY, outcome=outcome, calls=calls - days * 3) for days in range(0, 4)
    )
    if outcome == "accepted":
        used = {"first_used_at": now - 3 * DAY, "last_used_at": now, "last_used_address": "203.0.113.61"}
        ApiKey.objects.filter(pk=key.pk).update(**used)


def _list(stage: Stage) -> str:
    return f"/accounts/{stage.acme.slug}/settings/integrations/apis-webhooks/"


def _page(stage: Stage, name: str) -> str:
    return f"{_list(stage)}keys/{stage.acme.api_keys.get(name=name).key_id}/"
