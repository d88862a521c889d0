"""The answers for each person at every URL: the table that `test_matrix.py` asks the site about, row by row.

A row says what each person gets there on each method that it answers, in words, a column for each person:

    page           200, and nothing is changed; a library's form that is wrong comes back so too
    done           it is done: the database says so
    sign-in        led to the sign-in page; under htmx by HX-Redirect, save by the libraries' own pages, which
                   htmx never asks for
    admin-door     led to where the Django admin sends on to the sign-in page, or answers 403
    elsewhere      led to another page
    forbidden      403
    not-found      404
    gone           410
    no-key         401 with the code `missing_key`

and two more apply to every person: `not-allowed` (405), and `csrf` (403, because the request may be forged).

What stands before Django's resolver has no row: static files, `/healthz` and `/readyz`.
"""

from enum import StrEnum, auto
from typing import Any, NamedTuple


class Person(StrEnum):
    SIGNED_OUT = auto()
    MEMBER = auto()
    ADMIN = auto()
    OWNER = auto()
    STRANGER = auto()  # owner of another account
    API_KEY = auto()  # a valid key of the account in a header, and no session
    DISABLED = auto()  # owner of a disabled account, who asks for what is its


class Csrf(StrEnum):
    """The token that comes along."""

    RIGHT = auto()
    NONE = auto()
    WRONG = auto()


class Door(StrEnum):
    """The first check that a view makes once the request is known not to be forged."""

    METHOD = auto()  # our pages: a method they don't support, for everyone
    PERSON = auto()  # the libraries' pages: people without access learn nothing else
    KEY = auto()  # the API: as ours, but a browser brings no key on its own, so nothing can be forged


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")
SAFE = METHODS[:3]
TURNED_AWAY = {"sign-in", "admin-door", "elsewhere", "forbidden"}

Words = dict[Person, str]


class Row(NamedTuple):
    name: str  # of the URL; empty where it has none
    path: str
    answers: dict[str, Words]
    form: dict[str, str]
    door: Door

    def __str__(self) -> str:
        return self.name or self.path

    def expected(self, person: Person, method: str, csrf: Csrf) -> str:
        if method not in SAFE and csrf is not Csrf.RIGHT and self.door is not Door.KEY:
            return "csrf"
        if method in self.answers:
            return self.answers[method][person]
        return self._of_another_method(person, method)

    def gives(self, answer: str, word: str) -> bool:
        return answer == word or (answer == f"{word}-plainly" and self.door is Door.PERSON)

    def sent(self, method: str, ids: dict[str, str]) -> dict[str, Any]:
        """Return what is sent, in the words of a request factory."""
        if method != "POST":
            return {}
        form = {name: value.format(**ids) for name, value in self.form.items()}
        return {"data": form, **({"content_type": "application/json"} if self.door is Door.KEY else {})}

    def _of_another_method(self, person: Person, method: str) -> str:
        if self.door is not Door.PERSON:
            return "not-allowed"
        word = next(iter(self.answers.values()))[person]
        if word in TURNED_AWAY:
            return word
        return "page" if method == "OPTIONS" else "not-allowed"


def each(words: str) -> Words:
    """One for each person in the order of `Person`, or one for all."""
    listed = words.split()
    return dict(zip(Person, listed * len(Person) if len(listed) == 1 else listed, strict=True))


#                     signed-out member    admin     owner     stranger  api-key   disabled
MEMBER_GETS = each("  sign-in    page      page      page      not-found sign-in   forbidden")
MANAGER_GETS = each(" sign-in    forbidden page      page      not-found sign-in   forbidden")
MANAGER_DOES = each(" sign-in    forbidden done      done      not-found sign-in   forbidden")
OWNER_DOES = each("   sign-in    forbidden forbidden done      not-found sign-in   forbidden")
PERSON_GETS = each("  sign-in    page      page      page      page      sign-in   page")
PERSON_DOES = each("  sign-in    done      done      done      done      sign-in   done")
PERSON_GOES = each("  sign-in    elsewhere elsewhere elsewhere elsewhere sign-in   elsewhere")
PERSON_ENDED = each(" sign-in    gone      gone      gone      gone      sign-in   gone")
KEY_GETS = each("     no-key     no-key    no-key    no-key    no-key    page      no-key")
KEY_DOES = each("     no-key     no-key    no-key    no-key    no-key    done      no-key")
ANYBODY_GETS = each(" page")
STAFF_GETS = each("   admin-door")
NO_CONTACT_SET = each("not-found")


def page(name: str, path: str, gets: Words) -> Row:
    return Row(name, path, {"GET": gets, "HEAD": gets}, {}, Door.METHOD)


def form(name: str, path: str, gets: Words, does: Words, /, **sent: str) -> Row:
    return Row(name, path, {"GET": gets, "HEAD": gets, "POST": does}, sent, Door.METHOD)


def button(name: str, path: str, does: Words, /, **sent: str) -> Row:
    return Row(name, path, {"POST": does}, sent, Door.METHOD)


def library(name: str, path: str, gets: Words, sends: dict[str, str] | None = None, /, **others: Words) -> Row:
    """Return a library's row. Its answer to methods other than GET and HEAD is beside it."""
    return Row(name, path, {"GET": gets, "HEAD": gets, **others}, sends or {}, Door.PERSON)


def staff(name: str, path: str) -> Row:
    return Row(name, f"/admin{path}", dict.fromkeys(METHODS, STAFF_GETS), {}, Door.PERSON)


def model(name: str) -> list[Row]:
    path = f"/{name.replace('_', '/')}"
    return [
        staff(f"admin:{name}_changelist", f"{path}/"),
        staff(f"admin:{name}_add", f"{path}/add/"),
        staff(f"admin:{name}_history", f"{path}/1/history/"),
        staff(f"admin:{name}_delete", f"{path}/1/delete/"),
        staff(f"admin:{name}_change", f"{path}/1/change/"),
        staff("", f"{path}/1/"),
    ]


SETTINGS = "/accounts/{account}/settings"
KEYS = f"{SETTINGS}/integrations/apis-webhooks/keys"
KEY = KEYS + "/{key}"
MEMBERS = f"{SETTINGS}/members"

ACCOUNT = [
    page("account_home", "/accounts/{account}/", MEMBER_GETS),
    form("account_settings", f"{SETTINGS}/", MANAGER_GETS, MANAGER_DOES, name="Acme & Sons"),
    button("account_security", f"{SETTINGS}/security/", OWNER_DOES, requires_two_step="on"),
    page("oncekeys:integrations", f"{SETTINGS}/integrations/", MANAGER_GETS),
    page("oncekeys:activity", f"{SETTINGS}/activity/", MANAGER_GETS),
    # That someone has taken a copy is written down.
    button("oncekeys:activity_export", f"{SETTINGS}/activity/export.csv", MANAGER_DOES),
]

API_KEYS = [
    page("oncekeys:apis_webhooks", f"{SETTINGS}/integrations/apis-webhooks/", MANAGER_GETS),
    form("oncekeys:api_key_new", f"{KEYS}/new/", MANAGER_GETS, MANAGER_DOES, name="Billing", environment="production"),
    form("oncekeys:api_keys_find", f"{KEYS}/find/", MANAGER_GETS, MANAGER_GETS, key="{token}"),
    page("oncekeys:api_key", f"{KEY}/", MANAGER_GETS),
    form("oncekeys:api_key_edit", f"{KEY}/edit/", MANAGER_GETS, MANAGER_DOES, name="Renamed", scopes="full"),
    form("oncekeys:api_key_rotate", f"{KEY}/rotate/", MANAGER_GETS, MANAGER_DOES, grace="3600"),
    form("oncekeys:api_key_pause", f"{KEY}/pause/", MANAGER_GETS, MANAGER_DOES),
    form("oncekeys:api_key_resume", f"{KEYS}/{{paused}}/resume/", MANAGER_GETS, MANAGER_DOES),
    form("oncekeys:api_key_delete", f"{KEY}/delete/", MANAGER_GETS, MANAGER_DOES),
]

PEOPLE = [
    page("members", f"{MEMBERS}/", MANAGER_GETS),
    form("invitation_new", f"{MEMBERS}/invite/", MANAGER_GETS, MANAGER_DOES, email="new@acme.example", role="member"),
    button("invitation_resend", f"{MEMBERS}/invitations/{{invitation}}/resend/", MANAGER_DOES),
    button("invitation_withdraw", f"{MEMBERS}/invitations/{{invitation}}/withdraw/", MANAGER_DOES),
    form("member_role", f"{MEMBERS}/{{member}}/role/", MANAGER_GETS, MANAGER_DOES, role="admin"),
    form("member_remove", f"{MEMBERS}/{{member}}/remove/", MANAGER_GETS, MANAGER_DOES),
]

#                     signed-out member    admin     owner     stranger  api-key   disabled
OWN_HOME = each("     sign-in    elsewhere elsewhere elsewhere elsewhere sign-in   forbidden")
LINK_GETS = each("    page       page      page      page      page      page      gone")
LINK_DOES = each("    done       forbidden forbidden forbidden forbidden done      gone")

PERSONAL = [
    page("start", "/", OWN_HOME),
    page("profile_activity", "/profile/activity/", PERSON_GETS),
    form("profile", "/profile/", PERSON_GETS, PERSON_DOES),
    form("profile_person", "/profile/person/", PERSON_GOES, PERSON_DOES, name="Ada King"),
    # A new address waits in the session until it is confirmed, so nothing else knows of it.
    form("email_change", "/profile/email/", PERSON_GETS, PERSON_GOES, email="other@acme.example"),
    button("email_resend", "/profile/email/resend/", PERSON_GOES),
    button("email_withdraw", "/profile/email/withdraw/", PERSON_GOES),
    form("usersessions_list", "/sessions/", PERSON_GETS, PERSON_GOES),
    form("email_confirm", "/profile/email/confirm/wrong/", PERSON_ENDED, PERSON_ENDED),
    form("invitation", "/invitations/{link}/", LINK_GETS, LINK_DOES, name="Joan", password="correct horse battery"),
]

#                     signed-out member    admin     owner     stranger  api-key   disabled
GUEST_GETS = each("   page       elsewhere elsewhere elsewhere elsewhere page      elsewhere")
NO_TWO_STEP = each("  sign-in    page      page      elsewhere page      sign-in   page")
ANYBODY_LEAVES = each("sign-in")
REFUSED_METHOD = each("not-allowed")

SIGN_IN = [
    library("account_login", "/login/", GUEST_GETS, POST=GUEST_GETS, PUT=GUEST_GETS),
    library(
        "account_logout",
        "/logout/",
        PERSON_GETS,
        OPTIONS=ANYBODY_GETS,
        POST=ANYBODY_LEAVES,
        PUT=REFUSED_METHOD,
        DELETE=REFUSED_METHOD,
    ),
    Row("account_signup", "/signup/", dict.fromkeys(METHODS, GUEST_GETS), {}, Door.PERSON),
    library("account_inactive", "/inactive/", ANYBODY_GETS),
    library("account_reauthenticate", "/reauthenticate/", NO_TWO_STEP, POST=NO_TWO_STEP, PUT=NO_TWO_STEP),
    library("account_change_password", "/password/change/", PERSON_GETS, POST=PERSON_GETS, PUT=PERSON_GETS),
    library("account_reset_password", "/password/reset/", ANYBODY_GETS, POST=ANYBODY_GETS, PUT=ANYBODY_GETS),
    library("account_reset_password_done", "/password/reset/done/", ANYBODY_GETS),
    Row(
        "account_reset_password_from_key",
        "/password/reset/key/1-wrong/",
        dict.fromkeys(METHODS, ANYBODY_GETS),
        {},
        Door.PERSON,
    ),
    library("account_reset_password_from_key_done", "/password/reset/key/done/", ANYBODY_GETS),
]

# The owner has an authenticator app, a passkey and recovery codes; no one else has a second step.
#                     signed-out member    admin     owner     stranger  api-key   disabled
THEIRS_GETS = each("  sign-in    not-found not-found page      not-found sign-in   not-found")
THEIRS_DOES = each("  sign-in    not-found not-found done      not-found sign-in   not-found")
THEIRS_REFUSES = each("sign-in  not-found not-found not-allowed not-found sign-in not-found")
PROVES = each("       sign-in    elsewhere elsewhere page      elsewhere sign-in   elsewhere")
NEW_CODES = each("    sign-in    elsewhere elsewhere done      elsewhere sign-in   elsewhere")
GUEST_REFUSES = each("not-allowed elsewhere elsewhere elsewhere elsewhere not-allowed elsewhere")

TWO_STEP = [
    library("mfa_index", "/two-step/", PERSON_GETS),
    library("mfa_authenticate", "/two-step/authenticate/", PERSON_GOES),
    library("mfa_reauthenticate", "/two-step/reauthenticate/", PROVES, POST=PROVES, PUT=PROVES),
    library("mfa_activate_totp", "/two-step/app/activate/", NO_TWO_STEP, POST=NO_TWO_STEP, PUT=NO_TWO_STEP),
    library(
        "mfa_deactivate_totp",
        "/two-step/app/deactivate/",
        THEIRS_GETS,
        OPTIONS=THEIRS_GETS,
        POST=THEIRS_DOES,
        PUT=THEIRS_DOES,
        DELETE=THEIRS_REFUSES,
    ),
    library("mfa_view_recovery_codes", "/two-step/recovery-codes/", THEIRS_GETS),
    library(
        "mfa_download_recovery_codes",
        "/two-step/recovery-codes/download/",
        THEIRS_GETS,
        OPTIONS=THEIRS_GETS,
        POST=THEIRS_REFUSES,
        PUT=THEIRS_REFUSES,
        DELETE=THEIRS_REFUSES,
    ),
    library("mfa_generate_recovery_codes", "/two-step/recovery-codes/generate/", PROVES, POST=NEW_CODES, PUT=NEW_CODES),
    library("mfa_list_webauthn", "/passkeys/", PERSON_GETS),
    library(
        "mfa_login_webauthn",
        "/passkeys/login/",
        PERSON_GOES,
        OPTIONS=GUEST_GETS,
        POST=PERSON_GOES,
        PUT=PERSON_GOES,
        DELETE=GUEST_REFUSES,
    ),
    library("mfa_reauthenticate_webauthn", "/passkeys/reauthenticate/", PROVES, POST=PROVES, PUT=PROVES),
    library("mfa_add_webauthn", "/passkeys/add/", PERSON_GETS, POST=PERSON_GETS, PUT=PERSON_GETS),
    library(
        "mfa_edit_webauthn",
        "/passkeys/{passkey}/edit/",
        THEIRS_GETS,
        {"name": "Phone"},
        OPTIONS=PERSON_GETS,
        POST=THEIRS_DOES,
        PUT=THEIRS_GETS,
    ),
    library(
        "mfa_remove_webauthn",
        "/passkeys/{passkey}/remove/",
        THEIRS_GETS,
        OPTIONS=PERSON_GETS,
        POST=THEIRS_DOES,
        DELETE=THEIRS_DOES,
    ),
]

API = [
    page("oncekeys_api:reference", "/api/", ANYBODY_GETS),
    Row("oncekeys_api:description", "/api/openapi.json", {"GET": ANYBODY_GETS, "HEAD": ANYBODY_GETS}, {}, Door.KEY),
    page("security_txt", "/.well-known/security.txt", NO_CONTACT_SET),
    Row("oncekeys_api:test", "/api/v1/test", {"GET": KEY_GETS, "HEAD": KEY_GETS}, {}, Door.KEY),
    Row("oncekeys_api:verify", "/api/v1/verify", {"GET": KEY_GETS, "HEAD": KEY_GETS}, {}, Door.KEY),
    Row("oncekeys_api:key", "/api/v1/key", {"DELETE": KEY_DOES}, {}, Door.KEY),
    Row("oncekeys_api:key_rotate", "/api/v1/key/rotate", {"POST": KEY_DOES}, {}, Door.KEY),
]

#                     signed-out member    admin     owner     stranger  api-key   disabled
NO_STAFF = each("     sign-in    forbidden forbidden forbidden forbidden sign-in   forbidden")

ADMIN = [
    staff("admin:index", "/"),
    Row("admin:login", "/admin/login/", dict.fromkeys(METHODS, NO_STAFF), {}, Door.PERSON),
    Row("admin:logout", "/admin/logout/", dict.fromkeys(METHODS, each("elsewhere")), {}, Door.PERSON),
    staff("admin:password_change", "/password_change/"),
    staff("admin:password_change_done", "/password_change/done/"),
    staff("admin:autocomplete", "/autocomplete/"),
    staff("admin:jsi18n", "/jsi18n/"),
    staff("admin:view_on_site", "/r/1/1/"),
    staff("admin:app_list", "/accounts/"),
    *model("auth_group"),
    *model("oncekeys_account"),
    *model("oncekeys_apikey"),
    *model("oncekeys_auditevent"),
    *model("accounts_user"),
    *model("accounts_personevent"),
    staff("", "/nothing"),
]

SECTIONS = {
    "account": ACCOUNT,
    "keys": API_KEYS,
    "people": PEOPLE,
    "personal": PERSONAL,
    "sign-in": SIGN_IN,
    "two-step": TWO_STEP,
    "api": API,
    "admin": ADMIN,
}
ROWS = [row for rows in SECTIONS.values() for row in rows]
