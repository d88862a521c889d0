"""`python -m torture.fuzz <minutes>`: the parsers of credentials and keys, guided by what each input covers (atheris).

An exception that is none of theirs, or a text that is let through and isn't a key, ends it with the input that did it.
"""

import os
import sys
from types import SimpleNamespace

import atheris

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("SECRET_KEY", "only-to-load-the-settings")

with atheris.instrument_imports(include=["oncekeys.keys", "oncekeys.doors.credentials", "oncekeys.request_headers"]):
    import django

    django.setup()
    from oncekeys.doors import credentials
    from oncekeys.keys import masking, token
    from oncekeys.keys.diagnosis import diagnose
    from oncekeys.services.refusals import Refused

NAMES = ("HTTP_API_KEY", "HTTP_X_API_KEY", "HTTP_AUTHORIZATION")
# So that it begins behind the checksum, and not only before it.
SEEDS = [
    b"ok_live_7Fh2k9QxYz12_" + b"x" * 43,
    b"Bearer ok_live_7Fh2k9QxYz12_" + b"x" * 49,
    b"Basic b2tfbGl2ZV83RmgyazlReFl6MTJfOg==",
]


def one_input(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    meta = {name: provider.ConsumeUnicodeNoSurrogates(200) for name in NAMES if provider.ConsumeBool()}
    _credentials(meta)
    text = provider.ConsumeUnicodeNoSurrogates(300)
    _key(text)
    _key(text + token.checksum(text))


def _credentials(meta: dict[str, str]) -> None:
    try:
        found = credentials.presented(SimpleNamespace(META=meta))  # type: ignore[arg-type]
    except Refused:
        return
    assert isinstance(found, str)
    assert "," not in found, "two credentials were let through as one"


def _key(text: str) -> None:
    try:
        parsed = token.Token(text)
    except token.Malformed:
        assert diagnose(text)
        return
    assert parsed.reveal() == text
    assert len(text) == token.length(parsed.brand)
    assert text.isascii()
    assert masking.mask(text) == parsed.masked
    assert text not in repr(parsed)


def main(minutes: float) -> None:
    folder = os.path.join("var", "fuzz")
    os.makedirs(folder, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        with open(os.path.join(folder, f"seed-{number}"), "wb") as file:
            file.write(b"\xff\x01" + seed)
    options = [f"-max_total_time={60 * minutes:.0f}", "-max_len=1000", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, folder], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(float(sys.argv[1]))
