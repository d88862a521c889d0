"""People may name a key, an account, themselves and a passkey in their own script."""

import unicodedata

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts.models import Role, User
from accounts.services import invitations
from dev import second_step
from dev.security_key import SecurityKey
from oncekeys.models import Account, ApiKey, names
from oncekeys.services import api_keys
from oncekeys.services.by import By
from tests.pages import KEYS, NEW, dialog_of

pytestmark = pytest.mark.django_db

NON_JOINER, JOINER = "\u200c", "\u200d"
PEOPLE_WRITE = {
    "Persian": "کلید می\u200cخواهم",
    "Urdu": "کتاب\u200cخانہ",
    "Sorani": "ده\u200cزگا",
    "Sorani, at the end of words": "به\u200c ناوه\u200c",
    "year of the Hijra": "۱۴۰۰ ه\u200d.ش",
    "Hindi": "क्\u200dष",
    "Marathi": "दर्\u200dया",
    "Nepali": "गर्\u200cनु",
    "Bengali": "র\u200d্যাম",
    "Telugu": "సాఫ్ట్\u200cవేర్",
    "Kannada": "ರ\u200d್ಯಾಂಕ್",
    "Malayalam": "അവന്\u200d സെര്\u200dവര്",
    "Malayalam, at the end": "കൃഷ്ണന്\u200d",
    "Mongolian": "ᠴᠠᠭᠠ\u180eᠠ",
    "Sinhala": "ශ්\u200dරී ලංකා",
    "Khmer": "ប៊\u200cី",
    "family": "👩\u200d👩\u200d👧\u200d👦",
    "rainbow": "🏳️\u200d🌈 CRM",
    "technician": "👩🏽\u200d💻",
    "health worker": "🧑\u200d⚕️",
    "heart on fire": "❤️\u200d🔥",
    "nodding": "🙂\u200d↕️",
    "younger than Python": "\U0001fae9 CRM",
    "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "keycap": "1️⃣ CRM",
    "personal name in Japan": "葛\U000e0100城",
}
MISLEADING = {
    "bidi override": "CRM\u202e",
    "bidi isolate": "\u2066CRM",
    "Arabic letter mark": "کلید\u061c",
    "zero width space": "C\u200bRM",
    "zero width space in Persian": "می\u200bخواهم",
    "word joiner": "C\u2060RM",
    "byte order mark": "C\ufeffRM",
    "soft hyphen": "C\u00adRM",
    "joiner in Latin": "C\u200dRM",
    "non-joiner in Latin": "C\u200cRM",
    "joiner in Greek": "Σί\u200dσυφος",
    "joiner in Cyrillic": "Ке\u200cй",
    "joiner in Chinese": "密\u200d钥",
    "joiner between digits": "۱\u200c۲",
    "joiner at the start": "\u200cکلید",
    "joiner at the end": "کلید\u200c",
    "joiner after a virama and before Latin": "അവന്\u200dA",
    "Mongolian separator in Latin": "C\u180eRM",
    "joiner before a space": "کلید\u200c من",
    "two joiners": "می\u200c\u200cخواهم",
    "joiner after a picture": "CRM 👩\u200d",
    "joiner between a picture and a letter": "👩\u200dA",
    "letters of a flag that is none": "🏴\U000e0061\U000e0062\U000e007f",
    "letters of a flag without one": "CRM\U000e0067\U000e0062\U000e007f",
    "filler": "C\u3164RM",
    "grapheme joiner": "C\u034fRM",
    "only a style": "\ufe0f",
}


def by_command(name: str) -> bool:
    owner = ("--owner", "eve@umbrella.example", "--owner-name", name)
    try:
        call_command("create_account", f"Umbrella {len(name)}", *owner)
    except CommandError:
        return False
    return User.objects.filter(email="eve@umbrella.example", name=name).exists()


@pytest.fixture
def doors(desk, acme, ada, crm, client):
    """Each gives something a name, and says whether it was taken."""
    SecurityKey(ada)
    second_step.prove(desk)
    passkey = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN)

    def newcomer(name: str) -> bool:
        invitation = invitations.invite(account=acme, by=By(ada), email="new@acme.example", role=Role.MEMBER).invitation
        token = invitation.renew()
        invitation.save()
        client.post(f"/invitations/{token}/", {"name": name, "password": "a long and rare password"})
        return User.objects.filter(email="new@acme.example", name=name).exists()

    def account(name: str) -> bool:
        desk.post("/accounts/acme/settings/", {"name": name})
        return Account.objects.filter(name=name).exists()

    def person(name: str) -> bool:
        desk.post("/profile/person/", {"name": name, "language": "", "time_zone": ""})
        return User.objects.filter(pk=ada.pk, name=name).exists()

    def rename_passkey(name: str) -> bool:
        desk.post(f"/passkeys/{passkey.pk}/edit/", {"name": name})
        return Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).data["name"] == name

    def new_key(name: str) -> bool:
        desk.post(NEW, {"name": name, "environment": "production", "expires": ""})
        return acme.api_keys.filter(name=name).exists()

    def edited_key(name: str) -> bool:
        desk.post(dialog_of(crm.api_key, "edit"), {"name": name, "addresses": "", "scopes": "full"})
        return ApiKey.objects.filter(pk=crm.api_key.pk, name=name).exists()

    return [newcomer, account, person, rename_passkey, new_key, edited_key, by_command]


@pytest.mark.parametrize("name", PEOPLE_WRITE.values(), ids=PEOPLE_WRITE)
def test_names_are_written_in_every_script(acme, ada, name):
    assert api_keys.create(account=acme, by=By(ada), name=name).api_key.name == name


@pytest.mark.parametrize("name", MISLEADING.values(), ids=MISLEADING)
def test_names_that_hide_something_are_refused(acme, ada, name):
    with pytest.raises(names.BadName):
        api_keys.create(account=acme, by=By(ada), name=name)


def test_every_name_that_people_give_follows_the_same_rule(doors):
    refused = [door.__name__ for door in doors if not door("Ada\u202e") and not door("A\u200dda")]
    taken = [door.__name__ for number, door in enumerate(doors) if door(f"{PEOPLE_WRITE['Persian']} {number}")]

    assert refused == taken == [door.__name__ for door in doors]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Cafe\u0301", "CAFÉ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("می\u200cخواهم", "میخواهم"),
        ("क्\u200dष", "क्ष"),
        ("क्\u200dष", "क्\u200cष"),
        ("👩\u200d💻", "👩💻"),
        ("❤️ shop", "❤ SHOP"),
        ("CRM", "CRM\ufe0f"),
        ("CRM", "CRM \ufe0f"),
        ("Production CRM", "Production\u00a0 CRM"),
    ],
)
def test_two_keys_cannot_have_names_that_look_equal(acme, ada, one, other):
    api_keys.create(account=acme, by=By(ada), name=one)

    with pytest.raises(api_keys.NameTaken):
        api_keys.create(account=acme, by=By(ada), name=other)


def test_a_key_is_found_with_and_without_its_joiners(desk, acme, ada):
    api_keys.create(account=acme, by=By(ada), name="کلید می\u200cخواهم")

    for text in ("می\u200cخواهم", "میخواهم"):
        assert "1 of 1 keys" in desk.get(KEYS, {"q": text}).text


JOINED = st.sampled_from([NON_JOINER, JOINER])
LATIN = st.text(st.characters(max_codepoint=0x24F, categories=["Lu", "Ll"]), min_size=1, max_size=10)
ANYTHING = st.text(max_size=20)
PIECES = st.sampled_from(["می", "خواهم", "ك", "क्", "ष", "ශ්", "👩", "👩🏽", "❤️", "💻", "🏳️", " ", "CRM", "é", "7"])
WORDS = st.builds("".join, st.lists(st.one_of(PIECES, PIECES, PIECES, JOINED), max_size=9))
# Most of WORDS are refused. These are not.
WRITTEN = st.lists(st.sampled_from(list(PEOPLE_WRITE.values())), min_size=1, max_size=3).map(" ".join)
VISIBLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1)


def is_refused(name: str) -> bool:
    try:
        names.clean(name, most=names.KEY_LENGTH)
    except names.BadName:
        return True
    return False


@given(LATIN, JOINED, LATIN)
def test_no_joiner_hides_between_latin_letters(before, joiner, after):
    assert is_refused(before + joiner + after)


@given(st.one_of(ANYTHING, WORDS), JOINED)
def test_no_joiner_hides_at_an_end(name, joiner):
    assert is_refused(joiner + name)
    # These end a word with one: the letter heh, and a virama in Malayalam.
    assume(not name or (name[-1] != "\u0647" and unicodedata.combining(name[-1]) != 9))
    assert is_refused(name + joiner)


@given(WORDS | WRITTEN)
def test_a_name_with_and_without_joiners_is_one_name(name):
    assume(not is_refused(name))

    bare = name.replace(NON_JOINER, "").replace(JOINER, "")

    assert names.folded(name) == names.folded(bare)
    assert names.folded(name)


@given(
    ANYTHING, st.sampled_from("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
)
def test_what_turns_or_hides_text_is_refused_wherever_it_is(name, hidden):
    for position in range(len(name) + 1):
        assert is_refused(f"A{name[:position]}{hidden}{name[position:]}Z")


@given(WORDS | WRITTEN | VISIBLE)
def test_a_clean_name_is_clean(name):
    assume(not is_refused(name))

    cleaned = names.clean(name, most=names.KEY_LENGTH)

    assert names.clean(cleaned, most=names.KEY_LENGTH) == cleaned
    assert 1 <= len(cleaned) <= names.KEY_LENGTH
    assert len(names.folded(cleaned)) <= ApiKey._meta.get_field("folded_name").max_length
