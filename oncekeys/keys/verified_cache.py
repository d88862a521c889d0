"""Remembers, in this process alone, for which stored hash Argon2 already said yes to a key.

It never remembers that a key is usable: that is read from the database on every request. So nothing has to be
invalidated, and an entry whose hash is gone is only never asked for again.
"""

import hashlib
import os
import secrets
from collections import OrderedDict
from threading import Lock

from oncekeys.keys.token import Token


class VerifiedCache:
    """A least-recently-used map of at most `capacity` entries: digest of the whole key → stored hash.

    The digest is keyed with a secret of this process, so a copy of its memory cannot be searched for known keys.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.clear()

    def clear(self) -> None:
        """Forget everything, the digests' secret included."""
        self._secret = secrets.token_bytes(32)
        self._hashes: OrderedDict[bytes, str] = OrderedDict()
        self._lock = Lock()

    def knows(self, token: Token, secret_hash: str) -> bool:
        """Whether `remember` was told of this key and this very hash."""
        digest = self._digest(token)
        with self._lock:
            if self._hashes.get(digest) != secret_hash:
                return False
            self._hashes.move_to_end(digest)
            return True

    def remember(self, token: Token, secret_hash: str) -> None:
        digest = self._digest(token)
        with self._lock:
            self._hashes[digest] = secret_hash
            self._hashes.move_to_end(digest)
            if len(self._hashes) > self._capacity:
                self._hashes.popitem(last=False)

    def __len__(self) -> int:
        return len(self._hashes)

    def __repr__(self) -> str:
        return f"<VerifiedCache of {len(self)}>"

    def _digest(self, token: Token) -> bytes:
        return hashlib.blake2b(token.reveal().encode(), digest_size=32, key=self._secret).digest()


verified = VerifiedCache(capacity=100_000)

# A forked child must not share its parent's secret, nor a lock that another thread held at that moment.
os.register_at_fork(after_in_child=verified.clear)
