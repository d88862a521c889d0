"""Serves static files under names that change with their content, so that browsers may keep them forever."""

import re
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Where each name's original is: a storage, and the path in it.
Originals = dict[str, tuple[Storage, str]]

STYLESHEET = "css/site.css"
IMPORT = re.compile(r'@import "(?P<path>[^"]+)"(?: layer\((?P<layer>[\w.]+)\))?;')


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also between our modules: what one takes from another is found under its hashed name.

    Django's own switch for it, `support_js_module_import_aggregation`, would read every package's scripts too, and
    fails at those that are not complete. The stylesheet comes out as one file, as it would otherwise cost a request
    for each component.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "*js/*.js",
            (
                (r'(?P<matched>from\s*"(?P<url>\.{1,2}/.*?)")', 'from "%(url)s"'),
                (r'(?P<matched>import\s*"(?P<url>\.{1,2}/.*?)")', 'import "%(url)s"'),
            ),
        ),
    )

    def post_process(self, paths: Originals, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if STYLESHEET in paths and not dry_run:
            self.delete(STYLESHEET)
            self.save(STYLESHEET, ContentFile(_in_one(paths).encode()))
            paths = {**paths, STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)


def _in_one(originals: Originals, name: str = STYLESHEET) -> str:
    """A stylesheet with each import replaced by what it imports, in its layer."""

    def inlined(match: re.Match[str]) -> str:
        imported = _in_one(originals, normpath(join(dirname(name), match["path"])))
        return f"@layer {match['layer']} {{\n{imported}}}" if match["layer"] else imported

    return IMPORT.sub(inlined, _text(originals, name))


def _text(originals: Originals, name: str) -> str:
    storage, path = originals[name]
    file: File[bytes]
    with storage.open(path) as file:
        return file.read().decode()
