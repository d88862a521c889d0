"""Brings locale/ up to date with the sentences of the sources, and compiles what translators wrote.

make messages                              new sentences stand untranslated in every .po, those that are gone are gone,
                                           and .mo files are written from what translators wrote
.venv/bin/python scripts/messages.py de    the same for one language

Pure Python, so that neither a translator nor a test needs GNU gettext. No line numbers and no dates are written:
a .po changes only when a sentence does.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import django
import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
# A new language begins as an empty folder.
LANGUAGES = sorted(folder.name for folder in (ROOT / "locale").iterdir())

# Commands speak English, as their names do.
ENGLISH = ROOT / "accounts" / "management"

KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main() -> None:
    for language in sys.argv[1:] or LANGUAGES:
        catalogue = brought_up_to_date(language)
        catalogue.save(str(path(language)))
        catalogue.save_as_mofile(str(path(language, ".mo")))
        print(f"{language}: {len(catalogue.translated_entries())} of {len(catalogue)} sentences")


def path(language: str, suffix: str = ".po") -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / f"django{suffix}"


def brought_up_to_date(language: str) -> polib.POFile:
    """What the sources say now, with the translations there are."""
    path(language).parent.mkdir(parents=True, exist_ok=True)
    written = {key_of(entry): entry for entry in polib.pofile(str(path(language)))} if path(language).exists() else {}
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms(language),
    }
    for entry in source_entries():
        if already := written.get(key_of(entry)):
            entry.tcomment, entry.msgstr = already.tcomment, already.msgstr
            entry.msgstr_plural = already.msgstr_plural
        elif entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(range(number_of_forms(language)), "")
        catalogue.append(entry)
    return catalogue


def key_of(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def plural_forms(language: str) -> str:
    """Django's own rule, so that numbers in its sentences and in ours go together."""
    own = Path(django.__file__).parent / "conf" / "locale" / language / "LC_MESSAGES" / "django.po"
    return polib.pofile(str(own)).metadata["Plural-Forms"]


def number_of_forms(language: str) -> int:
    return int(plural_forms(language).split(";")[0].split("=")[1])


def source_entries() -> list[polib.POEntry]:
    """Every sentence of the sources once, with the files it stands in and what is noted there for translators."""
    entries: dict[tuple[str | None, str, str], polib.POEntry] = {}
    for file, (context, singular, plural), notes in source_messages():
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


def source_messages() -> Iterator[tuple[Path, tuple[str | None, str, str], list[str]]]:
    for file in source_files():
        options = {"encoding": "utf-8"}
        for _line, words, notes, context in extract(
            "python", BytesIO(as_python(file)), KEYWORDS, ["Translators:"], options, strip_comment_tags=True
        ):
            singular, plural = words if isinstance(words, tuple) else (words, "")
            yield file, (context, singular, plural), notes


def source_files() -> list[Path]:
    modules = [*(ROOT / "accounts").rglob("*.py"), *(ROOT / "oncekeys").rglob("*.py")]
    templates = [file for file in (ROOT / "templates").rglob("*") if file.suffix in {".html", ".txt", ".svg"}]
    return sorted(file for file in modules + templates if not file.is_relative_to(ENGLISH))


def as_python(file: Path) -> bytes:
    """A template as the calls that its tags make; Python reads no meaning into how a template is indented."""
    text = file.read_text()
    if file.suffix != ".py":
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(file)).splitlines())
    return text.encode()


if __name__ == "__main__":
    main()
