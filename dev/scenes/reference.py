"""The API reference: as it opens, and where a refusal leads."""

from playwright.sync_api import Page

from dev.scenes.stage import Programme, Stage

REFERENCE = Programme()
REFERENCE.add_page("reference", "oncekeys_api:reference", "/api/", signed_in=False)


@REFERENCE.scene("oncekeys_api:reference")
def reference_refusal(stage: Stage) -> Page:
    page = stage.open_as(None, "/api/#paused_key")
    page.get_by_role("radio", name="Python").check(force=True)
    page.get_by_text("Everything detail can say").click()
    return page
