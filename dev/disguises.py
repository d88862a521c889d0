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

    It uses `grep`, which looks for all of them at once. `folder` is for files that it reads.
    """
    patterns: dict[str, Path] = {}
    for secret in secrets:
        for name, needles in disguises(secret).items():
            patterns.setdefault(name, folder / f"needles-{name}")
            with patterns[name].open("ab") as written:
                written.writelines(needle + b"\n" for needle in needles)
    for place, content in contents.items():
        for view_name, view in views(content).items():
            for name, file in patterns.items():
                if _grep(file, view):
                    yield place, f"{name}, {view_name}"
    for file in patterns.values():
        file.unlink()


def _grep(patterns: Path, content: bytes) -> bool:
    program = shutil.which("grep")
    assert program
    command = [program, "--text", "--fixed-strings", "--quiet", f"--file={patterns}"]
    result = subprocess.run(command, input=content, env={"LC_ALL": "C"}, check=False)
    if result.returncode > 1:
        raise RuntimeError(f"grep exited with {result.returncode}")
    return result.returncode == 0


def json_escaped(text: str) -> bytes:
    """Every character as JSON may write it, and as few do."""
    return "".join(f"\\u{ord(character):04x}" for character in text).encode()
