"""The Django admin: who gets in, what it shows, and what it changes."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from accounts.services import site_accounts
from dev.keyring import fill
from dev.people import join
from dev.second_step import prove
from oncekeys.models import ApiKey, AuditEvent, AuditKind
from oncekeys.services import accounts, api_keys
from oncekeys.services.by import By
from tests.pages import PASSWORD, words

pytestmark = pytest.mark.django_db

LISTS = ["account", "apikey", "auditevent", "personevent", "user"]
ADDRESS = "198.51.100.7"
# What the form of a person sends besides, for the memberships it shows.
INLINE = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


@pytest.fixture
def rosalind(db) -> User:
    """Runs the site, and belongs to no account."""
    return User.objects.create_superuser("rosalind@oncekeys.example", name="Rosalind Franklin")


@pytest.fixture
def desk(signed_in, rosalind):
    return signed_in(rosalind)


@pytest.fixture
def support(signed_in):
    """A client of a member of staff with these permissions: `support("view_account")`."""

    def make(*permissions: str):
        person = User.objects.create_user("henry@oncekeys.example", name="Henry Moseley", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return signed_in(person)

    return make


def app_of(model: str) -> str:
    return "accounts" if model in {"user", "personevent"} else "oncekeys"


def listed(model: str) -> str:
    return reverse(f"admin:{app_of(model)}_{model}_changelist")


def page_of(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def deletion_of(key: ApiKey) -> str:
    return reverse("admin:oncekeys_apikey_delete", args=[key.pk])


def act(client, action: str, *rows, **form):
    return client.post(
        listed(rows[0]._meta.model_name),
        {"action": action, "_selected_action": [row.pk for row in rows], **form},
        REMOTE_ADDR=ADDRESS,
        follow=True,
    )


# Who gets in


def test_a_superuser_signs_in_on_the_sites_own_page(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, email="rosalind@oncekeys.example", verbosity=0)

    asked = client.get("/admin/", follow=True)
    arrived = client.post(
        asked.request["PATH_INFO"] + "?next=/admin/",
        {"login": "rosalind@oncekeys.example", "password": PASSWORD, "next": "/admin/"},
        follow=True,
    )

    assert asked.redirect_chain[-1][0] == "/login/?next=%2Fadmin%2F"
    assert (arrived.request["PATH_INFO"], arrived.status_code) == ("/admin/", 200)


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/oncekeys/apikey/", "/admin/logout/"])
def test_someone_signed_in_who_is_not_staff_reads_why(signed_in, ada, path):
    response = signed_in(ada).get(path, follow=True)

    assert (response.status_code, "You don’t have access to this page" in response.text) == (403, True)


def test_staff_who_are_switched_off_are_out_at_once(desk, rosalind):
    User.objects.filter(pk=rosalind.pk).update(is_active=False)

    assert desk.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_the_admin_has_no_password_form_of_its_own(client, desk, rosalind):
    form = {"username": rosalind.email, "password": PASSWORD}

    answers = [asker.post("/admin/login/", form).headers["Location"] for asker in (client, desk)]

    assert answers == ["/login/?next=%2Fadmin%2Flogin%2F", "/admin/"]
    assert desk.get("/admin/password_change/").headers["Location"] == "/password/change/"


def test_signing_out_there_is_signing_out_of_the_site(desk):
    response = desk.post("/admin/logout/")

    assert response.headers["Location"] == "/login/"
    assert desk.get("/").headers["Location"].startswith("/login/")


@pytest.fixture
def stale(desk):
    """Rosalind's browser, 31 minutes after she signed in."""
    prove(desk, method="password", ago=timedelta(minutes=31))
    return desk


def test_after_a_while_staff_show_again_that_it_is_them(stale):
    assert stale.get("/admin/oncekeys/apikey/").headers["Location"] == (
        "/reauthenticate/?next=%2Fadmin%2Foncekeys%2Fapikey%2F"
    )


def test_until_then_nothing_is_done(stale, crm):
    response = stale.post(deletion_of(crm.api_key), {"post": "yes"}, follow=True)

    assert "Nothing has changed yet." in response.text
    assert ApiKey.objects.get().deleted_at is None


def test_to_sign_out_they_need_show_nothing(stale):
    stale.post("/admin/logout/")

    assert stale.get("/").headers["Location"].startswith("/login/")


def test_only_what_is_ours_is_there(desk):
    page = desk.get("/admin/").text

    models = set(re.findall(r'class="model-(\w+)', page))
    assert models == {*LISTS, "group"}


# What it shows


def test_nothing_there_shows_a_key_or_its_hash(desk, acme, ada, crm):
    deleted = api_keys.create(account=acme, by=By(ada), name="Old CRM")
    api_keys.delete(api_key=deleted.api_key, by=By(ada))
    event = AuditEvent.objects.filter(api_key=crm.api_key).get()
    rows = [acme, ada, acme.service_user, crm.api_key, deleted.api_key, event]
    history = reverse("admin:oncekeys_apikey_history", args=[crm.api_key.pk])

    pages = [desk.get(path) for path in [*map(listed, LISTS), *map(page_of, rows), deletion_of(crm.api_key), history]]

    assert {page.status_code for page in pages} == {200}
    for secret in ("argon2id", crm.token.reveal()[-49:], "secret_hash", "seal"):
        assert [page.request["PATH_INFO"] for page in pages if secret in visible(page)] == []


def visible(page) -> str:
    """Without the addresses of styles and scripts."""
    return re.sub(r"<(link|script)[^>]*>", "", page.text)


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("apikey", "secret_hash__startswith=$argon2id"),
        ("apikey", "seal__isnull=0"),
        ("user", "password__startswith=argon2"),
    ],
)
def test_a_hash_cannot_be_guessed_through_the_filters(desk, crm, model, query):
    response = desk.get(f"{listed(model)}?{query}")

    assert response.status_code == 400


def test_deleted_keys_stay_listed_as_deleted(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert "Deleted</td>" in desk.get(listed("apikey")).text


@pytest.mark.parametrize("query", ["production crm", "acme", "{key.key_id}", "{key.public_id}"])
def test_a_key_is_found_by_name_account_and_id(desk, acme, umbrella, crm, query):
    api_keys.create(account=umbrella, by=By.system(), name="Weather")

    response = desk.get(listed("apikey"), {"q": query.format(key=crm.api_key)})

    assert (crm.api_key.key_id in response.text, "Weather" in response.text) == (True, False)


def test_an_account_shows_its_active_keys_and_its_people(desk, acme, ada, bob, crm):
    api_keys.delete(api_key=api_keys.create(account=acme, by=By(ada), name="Old CRM").api_key, by=By(ada))

    page = desk.get(page_of(acme)).text

    assert re.search(r'field-active_keys.*?<div class="readonly">1</div>', page, re.DOTALL)
    assert "Bob Noyce" in page


@pytest.mark.parametrize("model", LISTS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_few(desk, acme, crm, model):
    desk.get(listed(model))  # what is read once for each session or process
    few = queries_of(desk, model)
    for number in range(10):
        other = site_accounts.create(name=f"Other {number}", owner_email=f"owner{number}@other.example")
        fill(other, 2)
        api_keys.delete(api_key=other.api_keys.first(), by=By(User.objects.get(email=f"owner{number}@other.example")))

    assert queries_of(desk, model) == few


def queries_of(client, model: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(listed(model)).status_code == 200
    return len(queries)


# What it changes


def test_a_deleted_key_is_refused_and_the_record_says_who_did_it(client, desk, rosalind, crm):
    assert client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()}).status_code == 200
    warning = desk.get(deletion_of(crm.api_key)).text

    response = desk.post(deletion_of(crm.api_key), {"post": "yes"}, REMOTE_ADDR=ADDRESS, follow=True)

    assert "will immediately lose access" in warning
    assert "was deleted successfully" in response.text
    assert client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()}).json()["code"] == "invalid_key"
    event = AuditEvent.objects.get(kind="api_key.deleted")
    assert (event.actor, event.address, event.api_key) == (rosalind, ADDRESS, crm.api_key)


def test_deleting_several_keys_asks_and_skips_deleted_ones(desk, acme, ada, crm):
    other, gone = (api_keys.create(account=acme, by=By(ada), name=name).api_key for name in ("Other", "Gone"))
    api_keys.delete(api_key=gone, by=By(ada))
    keys = [crm.api_key, other, gone]

    question = act(desk, "delete_selected", *keys)
    living = ApiKey.objects.not_deleted().count()
    answer = act(desk, "delete_selected", *keys, post="yes")

    assert (question.text.count("will immediately lose access"), living) == (2, 2)
    assert "Successfully deleted 2 API keys." in answer.text
    assert not ApiKey.objects.not_deleted().exists()
    assert AuditEvent.objects.filter(kind="api_key.deleted", address=ADDRESS).count() == 2


def test_a_key_deleted_before_cannot_be_deleted_again(desk, ada, crm):
    api_keys.delete(api_key=crm.api_key, by=By(ada))

    assert desk.post(deletion_of(crm.api_key), {"post": "yes"}).status_code == 403


def test_staff_who_may_only_look_at_keys_cannot_delete_one(support, crm):
    client = support("view_apikey")

    alone = client.post(deletion_of(crm.api_key), {"post": "yes"})
    act(client, "delete_selected", crm.api_key, post="yes")

    assert alone.status_code == 403
    assert ApiKey.objects.not_deleted().get() == crm.api_key


@pytest.mark.parametrize("model", ["account", "apikey", "auditevent"])
def test_nothing_is_added_or_written_over(desk, acme, crm, model):
    row = {"account": acme, "apikey": crm.api_key, "auditevent": AuditEvent.objects.first()}[model]

    added = desk.post(reverse(f"admin:{app_of(model)}_{model}_add"), {"name": "Changed"})
    changed = desk.post(page_of(row), {"name": "Changed"})

    assert (added.status_code, changed.status_code) == (403, 403)


@pytest.mark.parametrize("model", ["account", "auditevent", "user"])
def test_accounts_events_and_people_are_never_deleted(desk, acme, ada, model):
    row = {"account": acme, "auditevent": AuditEvent.objects.first(), "user": ada}[model]

    response = desk.post(reverse(f"admin:{app_of(model)}_{model}_delete", args=[row.pk]), {"post": "yes"})

    assert response.status_code == 403


def test_disabling_an_account_refuses_its_keys_and_pages_at_once(client, desk, signed_in, acme, ada, crm, rosalind):
    person = signed_in(ada)
    doors = [person.get("/accounts/acme/"), client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()})]
    assert [door.status_code for door in doors] == [200, 200]

    said = act(desk, "disable", acme).text
    page, api = person.get("/accounts/acme/"), client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()})

    assert "1 account is disabled. Its keys no longer work, and its pages can’t be opened." in said
    assert (page.status_code, "This account is disabled" in page.text) == (403, True)
    assert (api.status_code, api.json()["code"]) == (401, "invalid_key")
    event = AuditEvent.objects.get(kind="account.disabled")
    assert (event.actor, event.address) == (rosalind, ADDRESS)


def test_an_enabled_account_s_keys_and_pages_work_again(client, desk, signed_in, acme, ada, crm):
    accounts.disable(account=acme, by=By.system())

    said = act(desk, "enable", acme).text
    page = signed_in(ada).get("/accounts/acme/")
    api = client.get("/api/v1/test", headers={"API-Key": crm.token.reveal()})

    assert "1 account is enabled." in said
    assert (page.status_code, api.status_code) == (200, 200)
    assert AuditEvent.objects.filter(kind="account.enabled").count() == 1


def test_an_account_that_no_owner_could_enter_is_not_enabled(desk, acme, umbrella, ada):
    act(desk, "disable", acme, umbrella)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    said = words(act(desk, "enable", acme, umbrella))

    acme.refresh_from_db()
    umbrella.refresh_from_db()
    assert (acme.is_enabled, umbrella.is_enabled) == (False, True)
    assert "Acme has no owner who can sign in." in said
    assert "1 account is enabled." in said


def test_an_account_disabled_twice_is_written_down_once(desk, acme):
    act(desk, "disable", acme)
    since = type(acme).objects.get().disabled_at

    act(desk, "disable", acme)

    assert type(acme).objects.get().disabled_at == since
    assert AuditEvent.objects.filter(kind="account.disabled").count() == 1


def test_staff_who_may_only_look_at_accounts_cannot_disable_one(support, acme):
    act(support("view_account"), "disable", acme)

    acme.refresh_from_db()
    assert acme.is_enabled


def test_a_person_switched_off_is_signed_out_on_their_next_request(desk, signed_in, bob):
    person = signed_in(bob)

    switch_off(desk, bob)

    assert person.get("/accounts/acme/").headers["Location"].startswith("/login/")


def switch_off(client, person: User):
    return client.post(page_of(person), {**INLINE, "is_staff": ""}, follow=True)


def test_an_old_form_does_not_switch_a_person_on_again(desk, bob):
    earlier = form_of(desk, bob)
    switch_off(desk, bob)

    answer = desk.post(page_of(bob), {**earlier, "is_staff": "on"})

    assert not is_on(bob)
    assert "Someone else has changed this person’s details." in words(answer)
    desk.post(page_of(bob), {**INLINE, **form_of_page(answer)})
    bob.refresh_from_db()
    assert (bob.is_active, bob.is_staff) == (False, True)


def form_of(client, person: User) -> dict[str, str]:
    return {**INLINE, **form_of_page(client.get(page_of(person)))}


def form_of_page(page) -> dict[str, str]:
    """Return what a browser would send of the switches."""
    fields = re.findall(r'<input type="(checkbox|hidden)" name="(is_active|is_staff|shown)"([^>]*)>', page.text)
    return {
        name: "on" if kind == "checkbox" else "".join(re.findall('value="([^"]*)"', rest))
        for kind, name, rest in fields
        if kind == "hidden" or " checked" in rest
    }


def is_on(person: User) -> bool:
    return User.objects.get(pk=person.pk).is_active


def test_the_last_owner_who_can_sign_in_is_not_switched_off(desk, acme, ada):
    gone = join(acme, "joan@acme.example", "Joan Clarke", Role.OWNER)
    switch_off(desk, gone)

    page = switch_off(desk, ada)

    assert "Acme would have no owner who can sign in." in page.text
    assert (is_on(gone), is_on(ada)) == (False, True)


def test_they_are_once_another_owner_exists(desk, acme, ada):
    join(acme, "joan@acme.example", "Joan Clarke", Role.OWNER)

    switch_off(desk, ada)

    assert not is_on(ada)


def test_they_are_once_the_account_is_disabled(desk, acme, ada):
    act(desk, "disable", acme)

    switch_off(desk, ada)

    assert not is_on(ada)


def test_a_superuser_makes_a_person_staff(desk, signed_in, ada):
    desk.post(page_of(ada), {**INLINE, "is_active": "on", "is_staff": "on"})

    assert signed_in(ada).get("/admin/").status_code == 200


def test_staff_cannot_make_staff(support, ada):
    client = support("view_user", "change_user")

    response = client.post(page_of(ada), {**INLINE, "is_active": "on", "is_staff": "on"})

    ada.refresh_from_db()
    assert (response.status_code, ada.is_staff) == (302, False)


@pytest.mark.parametrize("who", ["themselves", "a superuser", "a service user"])
def test_staff_cannot_change_these(support, rosalind, acme, who):
    client = support("view_user", "change_user")
    henry = User.objects.get(email="henry@oncekeys.example")
    row = {"themselves": henry, "a superuser": rosalind, "a service user": acme.service_user}[who]

    response = client.post(page_of(row), INLINE)

    row.refresh_from_db()
    assert (response.status_code, row.is_active) == (403, True)


def test_where_staff_switch_a_person_off_the_keys_they_know_are_named(desk, acme, ada, grace):
    key = api_keys.create(account=acme, by=By(grace), name="Made").api_key
    rotate = reverse("oncekeys:api_key_rotate", args=["acme", key.key_id])

    before = desk.get(page_of(grace)).text
    after = desk.post(page_of(grace), {**INLINE}, follow=True).text

    assert key.public_id in before
    assert "Last used: not used yet" in before
    assert f"http://127.0.0.1{rotate}" in before
    assert not User.objects.get(pk=grace.pk).is_active
    assert f"keep working: Made ({key.public_id}) (Acme)" in after


@pytest.mark.parametrize("query", ["acme", "ADA@acme.example", "{key.key_id}", "{key.public_id}", " acme "])
def test_events_are_found_by_account_person_and_key(desk, acme, umbrella, crm, query):
    api_keys.create(account=umbrella, by=By.system(), name="Weather")

    page = desk.get(listed("auditevent"), {"q": query.format(key=crm.api_key)}).text

    assert (crm.api_key.key_id in page, "Umbrella" in table_of(page)) == (True, False)


def test_no_event_is_found_by_what_is_none(desk, crm):
    assert crm.api_key.key_id not in desk.get(listed("auditevent"), {"q": "acm"}).text


def table_of(page: str) -> str:
    return page.split('id="result_list"')[1].split("</table>")[0]


def test_events_found_are_newest_first(desk, acme, ada, crm):
    api_keys.pause(api_key=crm.api_key, by=By(ada))

    kinds = re.findall(r"field-kind[^>]*>([^<]+)", desk.get(listed("auditevent"), {"q": "acme"}).text)

    assert len(kinds) == AuditEvent.objects.filter(account=acme).count()
    assert kinds[:2] == [kind.label for kind in (AuditKind.API_KEY_PAUSED, AuditKind.API_KEY_CREATED)]
