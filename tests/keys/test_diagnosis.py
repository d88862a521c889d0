"""A diagnosis says what is wrong with a text that should have been a key."""

import base64
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from oncekeys.keys.diagnosis import diagnose
from oncekeys.keys.token import KEY_ID_LENGTH, Token

KEYS = st.builds(lambda prefix: Token.mint(prefix).reveal(), st.sampled_from(["live", "test"]))
INSIDE = st.integers(min_value=22, max_value=69)

# A sentence's beginning, and what gets it: texts, or what is done to a key.
MISSING = "You sent a word for a missing value"
PLACEHOLDER = "You sent a placeholder from an example."
VARIABLE = "You sent a variable’s name instead of its value."
PUBLIC = "This is only the public part of a key."
COMPANY = "There is something before the key"
BEARER = "There is an extra Bearer before the key."
BYTES = "You sent Python bytes as text"
BREAK = "The key has a line break in it"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        *((text, MISSING) for text in ("None", "null", "undefined", "nil", "NaN", "NULL", '"None"', " undefined ")),
        *((text, "The key is empty.") for text in ("", " ", '""', "''")),
        *((text, PLACEHOLDER) for text in ("<your key>", "<the key>", "<API_KEY>", "YOUR_API_KEY", "your-key-here")),
        *((text, PLACEHOLDER) for text in ("your key", "my-api-key", "the key", "xxxxxxxx", "********", "...", "…")),
        *((text, VARIABLE) for text in ("$API_KEY", "${API_KEY}", "$(API_KEY)", "%API_KEY%", "{{ api_key }}")),
        *((text, VARIABLE) for text in ("{api_key}", "${{ secrets.API_KEY }}", "process.env.KEY", "os.environ['KEY']")),
        *((text, VARIABLE) for text in ("ONCEKEYS_API_KEY", "apikey", '"$KEY"')),
        *((text, "This looks like a key for another product.") for text in ("sk_live_51H8abc", "ghp_abc", "AKIA123")),
        *((text, "This isn’t an API key.") for text in ("hello", "ok_prod_abc", "ok_live", "hook_live_1")),
        *((text, BEARER) for text in ("Bearer", "bearer", "Bearer Bearer", "Bearer undefined")),
        *((text, PUBLIC) for text in ("ok_live_…", "ok_live_...", "ok_test_****", "ok_live_xxxx")),
        ("ok_live_", "The key is truncated: it is missing 62 characters."),
    ],
)
def test_a_text_that_never_was_a_key(text, sentence):
    assert diagnose(text).startswith(sentence)


DAMAGES = {
    "bearer": (lambda key: f"Bearer {key}", BEARER),
    "bearer twice": (lambda key: f"bearer  Bearer {key}", BEARER),
    "bearer in quotes": (lambda key: f'"Bearer {key}"', BEARER),
    "scheme": (lambda key: f"Token {key}", COMPANY),
    "header": (lambda key: f"API-Key: {key}", COMPANY),
    "variable": (lambda key: f"export ONCEKEYS_API_KEY={key}", COMPANY),
    "json": (lambda key: f'{{"api_key": "{key}"}}', COMPANY),
    "url": (lambda key: f"https://api.acme.example/?key={key}", COMPANY),
    "upper case": (str.upper, "The key’s uppercase and lowercase letters were changed."),
    "lower case": (str.lower, "The key’s uppercase and lowercase letters were changed."),
    "capitalised": (str.capitalize, "The key’s uppercase and lowercase letters were changed."),
    "upper case, truncated": (lambda key: key.upper()[:40], "The key’s uppercase and lowercase letters were changed."),
    "bytes": (lambda key: str(key.encode()), BYTES),
    "bytes in double quotes": (lambda key: f'b"{key}"', BYTES),
    "double quotes": (lambda key: f'"{key}"', "The key has quotation marks around it."),
    "single quotes": (lambda key: f"'{key}'", "The key has quotation marks around it."),
    "curly quotes": (lambda key: f"“{key}”", "The key has quotation marks around it."),
    "curly quotes as a server reads them": (
        lambda key: f"“{key}”".encode().decode("latin-1"),
        "The key has quotation marks around it.",
    ),
    "one quote": (lambda key: f'"{key}', "The key has quotation marks around it."),
    "space before": (lambda key: f" {key}", "The key has white space or a line break around it."),
    "line break behind": (lambda key: f"{key}\r\n", "The key has white space or a line break around it."),
    "written line break": (lambda key: f"{key}\\n", BREAK),
    "encoded line break": (lambda key: f"{key}%0A", BREAK),
    "percent": (lambda key: key.replace("_", "%5F"), "The key is percent-encoded."),
    "base64": (lambda key: base64.b64encode(key.encode()).decode(), "The key is base64-encoded."),
    "twice": (lambda key: f"{key} {key}", "The key has white space in it."),
    "key ID": (lambda key: key[: key.rindex("_")], PUBLIC),
    "masked": (lambda key: key[: key.rindex("_") + 1] + "…", PUBLIC),
    "masked by dots": (lambda key: key[: key.rindex("_") + 1] + "...", PUBLIC),
    "masked by stars": (lambda key: key[: key.rindex("_") + 1] + "****", PUBLIC),
    "foreign letter": (lambda key: key[:-1] + "é", "The key has a character that keys never contain."),
    "one short": (lambda key: key[:-1], "The key is truncated: it is missing 1 character."),
    "one more": (lambda key: key + "x", "The key is too long by 1 character."),
    "very long text": (lambda key: "." + key * 3, "This isn’t an API key: it is too long by 141 characters."),
    "mistyped": (lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"), "The key is mistyped"),
    "very long": (lambda key: key * 3, "The key is too long by 140 characters."),
}


@pytest.mark.parametrize("damage", DAMAGES)
@given(KEYS)
def test_a_damaged_key(damage, key):
    spoil, sentence = DAMAGES[damage]

    assert diagnose(spoil(key)).startswith(sentence)


@given(KEYS, INSIDE, st.sampled_from([" ", "\t", "\u00a0", "   "]))
def test_white_space_anywhere_inside(key, place, space):
    assert diagnose(key[:place] + space + key[place:]).startswith("The key has white space in it.")


@given(KEYS, INSIDE, st.sampled_from(["\n", "\r\n", "\\n", "\\r\\n", "%0a"]))
def test_a_line_break_anywhere_inside(key, place, line_break):
    assert diagnose(key[:place] + line_break + key[place:]).startswith(BREAK)


@given(KEYS, st.integers(min_value=22, max_value=69))
def test_a_truncated_key_says_how_much_is_missing(key, kept):
    lacks = "1 character." if kept == 69 else f"{70 - kept} characters."

    assert diagnose(key[:kept]).startswith(f"The key is truncated: it is missing {lacks}")


def said(text: str) -> str:
    """The sentence without the number, which is all that differs."""
    return re.sub(r"\d+ characters?", "N", diagnose(text))


@given(KEYS, st.sampled_from(sorted(DAMAGES)))
def test_the_same_damage_to_another_key_gets_the_same_words(key, damage):
    spoil, _ = DAMAGES[damage]

    assert said(spoil(key)) == said(spoil(Token.mint("live").reveal()))


@given(st.text(max_size=250) | KEYS.flatmap(lambda key: st.text(max_size=9).map(lambda more: f"{more}{key}{more}")))
def test_nothing_of_the_text_is_repeated(text):
    sentence = diagnose(text)

    assert sentence.endswith(".")
    secrets = {text[at : at + KEY_ID_LENGTH] for at in range(len(text) - KEY_ID_LENGTH + 1)}
    assert not [each for each in secrets if each in sentence and not each.isspace()]


@given(st.text(min_size=3, max_size=200))
def test_random_text_is_never_taken_for_a_part_of_a_key(text):
    assume("ok_" not in text.lower())

    assert not diagnose(text).startswith(("The key is truncated", "The key is mistyped", "The key is too long", PUBLIC))
