"""Brings both catalogues up to date with the sentences of the sources, and compiles what translators wrote.

make messages                              new sentences are untranslated in every .po, those that are gone are gone,
                                           and .mo files are written from what translators wrote
.venv/bin/python scripts/messages.py de    the same for one language

`oncekeys/locale` belongs to the app and goes where it is installed; `locale` belongs to the site around it.
Pure Python, so that neither a translator nor a test needs GNU gettext. No line numbers and no dates are written:
a .po changes only when a sentence does.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import django
import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Catalogue:
    """Where the translations are, and the sources whose sentences they translate."""

    folder: Path
    sources: tuple[Path, ...]

    def __str__(self) -> str:
        return str(self.folder.relative_to(ROOT))

    def path(self, language: str, suffix: str = ".po") -> Path:
        return self.folder / language / "LC_MESSAGES" / f"django{suffix}"

    def files(self) -> list[Path]:
        found = [file for source in self.sources for file in source.rglob("*") if file.suffix in SUFFIXES]
        # Commands speak English, as their names do.
        return sorted(file for file in found if "management" not in file.parts)


SUFFIXES = {".py", ".html", ".txt", ".svg"}
APP = Catalogue(ROOT / "oncekeys" / "locale", (ROOT / "oncekeys",))
SITE = Catalogue(ROOT / "locale", (ROOT / "accounts", ROOT / "config", ROOT / "templates"))
CATALOGUES = (APP, SITE)
# A new language begins as an empty folder in each.
LANGUAGES = sorted({folder.name for catalogue in CATALOGUES for folder in catalogue.folder.iterdir()})

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main() -> None:
    for language in sys.argv[1:] or LANGUAGES:
        # Both are read before one is written, since a sentence may have moved from one to the other.
        current = {catalogue: brought_up_to_date(catalogue, language) for catalogue in CATALOGUES}
        for catalogue, sentences in current.items():
            sentences.save(str(catalogue.path(language)))
            sentences.save_as_mofile(str(catalogue.path(language, ".mo")))
            print(f"{catalogue}/{language}: {len(sentences.translated_entries())} of {len(sentences)} sentences")


def brought_up_to_date(catalogue: Catalogue, language: str) -> polib.POFile:
    """Return the sentences of the sources, with the existing translations."""
    catalogue.path(language).parent.mkdir(parents=True, exist_ok=True)
    written = {key_of(entry): entry for each in (*CATALOGUES, catalogue) for entry in written_in(each, language)}
    sentences = polib.POFile(wrapwidth=120)
    sentences.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms(language),
    }
    for entry in source_entries(catalogue):
        if already := written.get(key_of(entry)):
            entry.tcomment, entry.msgstr = already.tcomment, already.msgstr
            entry.msgstr_plural = already.msgstr_plural
        elif entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(range(number_of_forms(language)), "")
        sentences.append(entry)
    return sentences


def written_in(catalogue: Catalogue, language: str) -> list[polib.POEntry]:
    path = catalogue.path(language)
    return polib.pofile(str(path)).translated_entries() if path.exists() else []


def key_of(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def plural_forms(language: str) -> str:
    """Django's own rule, so that numbers in its sentences and in ours go together."""
    own = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po"
    return polib.pofile(str(own)).metadata["Plural-Forms"]


def number_of_forms(language: str) -> int:
    return int(plural_forms(language).split(";")[0].split("=")[1])


def source_entries(catalogue: Catalogue) -> list[polib.POEntry]:
    """Every sentence of the sources once, with the files it is in and what is noted there for translators."""
    entries: dict[tuple[str | None, str, str], polib.POEntry] = {}
    for file, (context, singular, plural), notes in source_messages(catalogue):
        entry = polib.POEntry(msgctxt=context, msgid=singular, msgid_plural=plural)
        entry = entries.setdefault(key_of(entry), entry)
        name = str(file.relative_to(ROOT))
        if (name, "") not in entry.occurrences:
            entry.occurrences.append((name, ""))
        entry.comment = "\n".join(dict.fromkeys([*filter(None, [entry.comment]), *notes]))
        entry.flags = placeholders(singular + plural)
    return list(entries.values())


def placeholders(message: str) -> list[str]:
    return ["python-format"] if "%(" in message or "%s" in message or "%d" in message else []


def source_messages(catalogue: Catalogue) -> Iterator[tuple[Path, tuple[str | None, str, str], list[str]]]:
    for file in catalogue.files():
        options = {"encoding": "utf-8"}
        for _line, words, notes, context in extract(
            "python", BytesIO(as_python(file)), KEYWORDS, ["Translators:"], options, strip_comment_tags=True
        ):
            singular, plural = words if isinstance(words, tuple) else (words, "")
            yield file, (context, singular, plural), notes


def as_python(file: Path) -> bytes:
    """A template as the calls that its tags make; Python reads no meaning into how a template is indented."""
    text = file.read_text()
    if file.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(file)).splitlines())
    return text.encode()


if __name__ == "__main__":
    main()
