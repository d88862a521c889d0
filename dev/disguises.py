"""Finds a secret in whatever was kept, also where it was encoded on its way there."""

import base64
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

from oncekeys.keys.token import CHECKSUM_LENGTH, SECRET_LENGTH

# In JSON, and in the source of programs: \u006f, \x6f.
_ESCAPED = re.compile(rb"\\(?:u00|x)([0-9A-Fa-f]{2})")
_LONG_WORD = re.compile(rb"[0-9A-Za-z]{%d,}" % SECRET_LENGTH)


def secret_of(key: str) -> bytes:
    return key[-SECRET_LENGTH - CHECKSUM_LENGTH : -CHECKSUM_LENGTH].encode()


def disguises(secret: bytes) -> Mapping[str, list[bytes]]:
    """Return what to look for in a `plain` view of the content, by name."""
    return {
        "plain": [secret],
        "reversed": [secret[::-1]],
        "hex": [secret.hex().encode(), secret.hex().upper().encode()],
        "base64": base64_pieces(secret),
    }


def base64_pieces(secret: bytes) -> list[bytes]:
    """Return what of it is the same whatever is before and after, at each of the three alignments."""
    pieces = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret)
        pieces.append(encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4])
    return pieces


def views(content: bytes) -> Mapping[str, bytes]:
    """The content as it is, and with what may be done to characters undone. Views that add nothing are left out."""
    found = {"as it is": content}
    if b"%" in content:
        found["URL-encoded"] = unquote_to_bytes(content)
    if b"\\u00" in content or b"\\x" in content:
        found["escaped"] = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), content)
    if b"\0" in content:
        found["UTF-16"] = content.replace(b"\0", b"")
    return found


def holds(content: bytes, secret: bytes) -> bool:
    """In plain, reversed, in hex, in base64 at any alignment, URL-encoded, JSON-escaped or as UTF-16."""
    needles = [needle for each in disguises(secret).values() for needle in each]
    return any(needle in view for view in views(content).values() for needle in needles)


def holders(contents: Mapping[str, bytes], secrets: Iterable[bytes], folder: Path) -> Iterator[tuple[str, str]]:
    """The names of contents that hold any of the secrets, and how: for many secrets in much content.

    It uses `grep`, which looks for all of them at once. Most disguises are long words, of which there are few anywhere,
    so these are looked for in such words alone. `folder` is for files that it reads.
    """
    needles: dict[tuple[str, bool], list[bytes]] = {}
    for secret in secrets:
        for name, found in disguises(secret).items():
            for needle in found:
                needles.setdefault((name, bool(_LONG_WORD.fullmatch(needle))), []).append(needle)
    files = {kind: folder / f"needles-{number}" for number, kind in enumerate(needles)}
    for kind, file in files.items():
        file.write_bytes(b"\n".join(needles[kind]))
    for place, content in contents.items():
        for view_name, view in views(content).items():
            words = _grep("--only-matching", "--extended-regexp", _LONG_WORD.pattern.decode(), content=view)
            for (name, is_word), file in files.items():
                if _grep("--fixed-strings", "--max-count=1", f"--file={file}", content=words if is_word else view):
                    yield place, f"{name}, {view_name}"


def _grep(*options: str, content: bytes) -> bytes:
    """Return what `grep` prints."""
    program = shutil.which("grep")
    assert program
    command = [program, "--text", *options]
    result = subprocess.run(command, input=content, env={"LC_ALL": "C"}, stdout=subprocess.PIPE, check=False)
    if result.returncode > 1:
        raise RuntimeError(f"grep exited with {result.returncode}")
    return result.stdout


def json_escaped(text: str) -> bytes:
    """Every character as JSON may write it, and as few do."""
    return "".join(f"\\u{ord(character):04x}" for character in text).encode()
