"""Finds the words and docstrings that docs/words.md rules out. `make lint` runs it.

.venv/bin/python scripts/plain_words.py           everything that git knows
.venv/bin/python scripts/plain_words.py docs      only what is under these paths
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = {".py", ".html", ".txt", ".js", ".css", ".svg", ".md", ".toml", ".service", ".timer"}
# Translations have words of their own; the rest is generated, or someone else's, or this list itself.
LEFT_OUT = re.compile(
    r"(^|/)(locale|migrations|requirements|results|foreign)/|^docs/(words|translating)\.md$|^scripts/plain_words\.py$"
)

# A tic and what to write instead. Names in code, such as nobody@acme.example, are no prose.
TICS = {
    r"whoever": "anyone who, or name the role",
    r"whom": "who, or name the role",
    r"nobody(?![@\"'.])": "no one",
    r"somebody": "someone",
    r"everybody": "everyone",
    r"anybody": "anyone",
    r"anew": "again",
    r"no more": "no longer, or not more",
    r"for ever": "forever, or permanently",
    r"(?:is|are|was|were) told": "the caller learns, or the page shows",
    r"has to say|have to say": "says, or reports",
    r"(?<!there )(?:is|are|was|were) no (?!longer|more|one|such)": "is not a, or has no",
    r"stands? (?:in|at|here|there|below|above|beside|on|under|behind|until)": "is",
    r"not there any more": "no longer exists",
    r"(?:let|lets) in again": "works again",
    r"lest": "so that … not",
    r"thereof|therein|hereby|wherein|whereby": "a second sentence",
}
TIC = re.compile(rf"\b(?:{'|'.join(f'({tic})' for tic in TICS)})\b", re.IGNORECASE)

# With one of these first, a docstring is a part of a sentence whose beginning is the name above it.
FRAGMENT = re.compile(
    r"(?:What|Who|Whose|Whom|Which|Whether|Where|How|As|Of|To|With|By|From|In|On|At|So|Until|For|Before|After)\b(?![^.]*\?)"
)
VERB_LATER = re.compile(r"^(?:To|For|In|On|At|With|By|From|After|Before|Until|As|Where)\b[^.:;]*,\s")


def main() -> None:
    found = list(findings(sys.argv[1:]))
    for finding in found:
        print(finding)
    sys.exit(bool(found))


def findings(paths: list[str]) -> Iterator[str]:
    """Lines like `docs/words.md:3: whoever: say "anyone who, or name the role"`."""
    for file in files(paths):
        text = file.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            for match in TIC.finditer(line):
                advice = list(TICS.values())[(match.lastindex or 1) - 1]
                yield f"{file}:{number}: {match[0]}: say “{advice}”"
        if file.suffix == ".py":
            for number, start in fragments(text):
                yield f"{file}:{number}: a docstring is a whole sentence, not “{start} …”"


def files(paths: list[str]) -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *paths], capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if Path(name).suffix in SUFFIXES and not LEFT_OUT.search(name) and Path(name).exists():
            yield Path(name)


def fragments(source: str) -> Iterator[tuple[int, str]]:
    """The line and first words of each docstring that is not a sentence."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            docstring = ast.get_docstring(node) or ""
            if FRAGMENT.match(docstring) and not VERB_LATER.match(docstring):
                yield node.body[0].lineno, " ".join(docstring.split()[:4])


if __name__ == "__main__":
    main()
