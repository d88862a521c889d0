"""Every sentence of the sources is there in every language, with its placeholders, plurals and tags.

`.venv/bin/python scripts/messages.py de` brings one language up to date; docs/translating.md tells how to go on.
"""

import re
from collections import Counter
from collections.abc import Iterator
from gettext import c2py

import messages
import polib
import pytest
from django.conf import settings
from django.utils import translation
from messages import Catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")
TAG = re.compile(r"<[^>]+>")
COLON_OF_ENGLISH = re.compile(r"\{% translate [^%]*%\}:|\{% endblocktranslate %\}:")
OF_THE_LIBRARIES = [
    "This field is required.",
    "Enter a valid email address.",
    "Select a valid choice. %(value)s is not one of the available choices.",
    "Enter a valid date.",
    "Null characters are not allowed.",
    "This password is too common.",
    "The password is too similar to the %(verbose_name)s.",
    "This password is too short. It must contain at least %d character.",
    "Too many failed login attempts. Try again later.",
    "Please type your current password.",
    "You must type the same password each time.",
    "The password reset token was invalid.",
    "Incorrect password.",
    "Incorrect code.",
    "Remember Me",
    "Use your password",
    "Use authenticator app or code",
    "Use a security key",
]

pytestmark = pytest.mark.xdist_group("translations")
each_language = pytest.mark.parametrize("language", messages.LANGUAGES)
each_catalogue = pytest.mark.parametrize("catalogue", messages.CATALOGUES, ids=["app", "site"])


def sentences(catalogue: Catalogue, language: str) -> polib.POFile:
    return polib.pofile(str(catalogue.path(language)))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def pairs(catalogue: Catalogue, language: str) -> Iterator[tuple[str, str]]:
    """Each original beside its translation; beside each plural form, the original's plural."""
    for entry in sentences(catalogue, language):
        yield from ((entry.msgid_plural or entry.msgid, text) for text in translations(entry) if text)


def test_the_languages_people_can_choose_are_english_and_those_translated():
    offered = dict(settings.LANGUAGES)

    assert set(offered) == {"en", *messages.LANGUAGES}


@each_catalogue
@each_language
def test_no_sentence_of_the_sources_is_missing_and_none_is_left_over(language, catalogue):
    sources = {messages.key_of(entry) for entry in messages.source_entries(catalogue)}
    written = {messages.key_of(entry) for entry in sentences(catalogue, language)}

    assert (sources - written, written - sources) == (set(), set())


@each_catalogue
@each_language
def test_no_sentence_is_untranslated_or_uncertain(language, catalogue):
    entries = sentences(catalogue, language)

    open_ = [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete or not all(translations(entry))]

    assert open_ == []


@each_catalogue
@each_language
def test_all_plural_forms_are_there(language, catalogue):
    forms = set(range(messages.number_of_forms(language)))

    wrong = [e.msgid for e in sentences(catalogue, language) if e.msgid_plural and set(e.msgstr_plural) != forms]

    assert sentences(catalogue, language).metadata["Plural-Forms"] == messages.plural_forms(language)
    assert wrong == []


@each_catalogue
@each_language
def test_placeholders_are_those_of_the_original(language, catalogue):
    exact = forms_for_one_number(language)

    wrong = [
        (entry.msgid, text)
        for entry in sentences(catalogue, language)
        for form, text in (entry.msgstr_plural or {None: entry.msgstr}).items()
        if text and not same_placeholders(entry, text, may_leave_out=form in exact)
    ]

    assert wrong == []


@each_catalogue
@each_language
def test_tags_are_those_of_the_original(language, catalogue):
    wrong = [
        pair
        for pair in pairs(catalogue, language)
        if len({frozenset(Counter(TAG.findall(text)).items()) for text in pair}) > 1
    ]

    assert wrong == []


@each_language
def test_a_quoted_button_has_the_name_it_bears_in_that_language(language):
    entries = [entry for catalogue in messages.CATALOGUES for entry in sentences(catalogue, language)]
    names = {entry.msgid: {each.msgstr for each in entries if each.msgid == entry.msgid} for entry in entries}

    wrong = [
        (name, text)
        for entry in entries
        for name in re.findall("“([^”]+)”", entry.msgid)
        for text in translations(entry)
        if name in names and not any(each in text for each in names[name])
    ]

    assert wrong == []


@each_catalogue
@each_language
def test_spaces_and_line_breaks_at_the_edges_are_those_of_the_original(language, catalogue):
    wrong = [pair for pair in pairs(catalogue, language) if len({edges(text) for text in pair}) > 1]

    assert wrong == []


@each_catalogue
@each_language
def test_what_runs_is_compiled_from_what_is_written(language, catalogue):
    written = {
        messages.key_of(entry): translations(entry) for entry in sentences(catalogue, language).translated_entries()
    }

    compiled = polib.mofile(str(catalogue.path(language, ".mo")))

    assert {messages.key_of(entry): translations(entry) for entry in compiled} == written


@each_language
def test_what_the_libraries_say_is_in_that_language_too(language):
    with translation.override(language):
        said = {sentence: in_the_plural(sentence) for sentence in OF_THE_LIBRARIES}

    assert [sentence for sentence in said if said[sentence] == sentence] == []


def test_each_language_writes_its_own_colon_after_a_label():
    wrong = [
        (file.name, label)
        for catalogue in messages.CATALOGUES
        for file in catalogue.files()
        for label in COLON_OF_ENGLISH.findall(file.read_text())
    ]

    assert wrong == []


def in_the_plural(sentence: str) -> str:
    return translation.ngettext(sentence, sentence, 10) if "%d" in sentence else translation.gettext(sentence)


def forms_for_one_number(language: str) -> set[int]:
    """Plural forms that are used for a single number, which may be said in a word."""
    form_of = c2py(messages.plural_forms(language).split("plural=")[1].rstrip(";"))
    uses = Counter(form_of(number) for number in [*range(1_000), 1_000_000, 2_000_000])
    return {form for form, times in uses.items() if times == 1}


def same_placeholders(entry: polib.POEntry, text: str, *, may_leave_out: bool) -> bool:
    originals = [Counter(PLACEHOLDER.findall(original)) for original in (entry.msgid, entry.msgid_plural) if original]
    found = Counter(PLACEHOLDER.findall(text))
    left_out = originals[-1] - found
    return found in originals or (may_leave_out and not found - originals[-1] and left_out.total() == 1)


def edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
