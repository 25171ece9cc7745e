"""Encryption at rest and keyed hashes: one sealed JSON per row, one key ring for all of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode


_LABELS = 4096
"""How many labels' hashes are remembered: those of services and teams come again and again."""


class MissingKey(Exception):
    """The database holds sealed rows and the key that opens them is not here."""


class Damaged(Exception):
    """A sealed row does not open: changed, moved to another row, or sealed by another key."""


def _derive(secret: bytes, purpose: str) -> bytes:
    kdf = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=None, info=b"pixelview:" + purpose.encode()
    )
    return kdf.derive(secret)


class Ring:
    """The keys, newest last.

    Sealed form: 1 byte version, 1 byte key id, 12 bytes nonce, AES-GCM text. The associated data
    are table, row id and key id, so a blob moved to another row does not open.
    """

    def __init__(self, secrets: list[bytes]) -> None:
        if not secrets or any(len(s) != 32 for s in secrets):
            raise ValueError("a key ring needs at least one key of 32 bytes")
        self._seals = [AESGCM(_derive(s, "seal")) for s in secrets]
        # BLAKE2b with a key is a MAC (RFC 7693) and, for words this short, thrice as fast as HMAC.
        self._index = hashlib.blake2b(digest_size=16, key=_derive(secrets[0], "index"))
        self._audit = _derive(secrets[0], "audit")
        self._newest = len(secrets) - 1
        self._head = bytes((1, self._newest))
        self._labels: dict[tuple[str, ...], bytes] = {}

    def seal(self, table: str, row: object, value: Any) -> bytes:
        """A JSON-like value sealed for one row."""
        nonce = os.urandom(12)
        aad = f"{table}:{row}:{self._newest}".encode()
        return self._head + nonce + self._seals[self._newest].encrypt(nonce, _ENCODE(value), aad)

    def open(self, table: str, row: object, blob: bytes) -> Any:
        """What was sealed for that row; Damaged when it does not open."""
        if len(blob) < 30 or blob[0] != 1 or blob[1] > self._newest:
            raise Damaged(f"{table} {row}: not a sealed row, or sealed by an unknown key")
        aad = f"{table}:{row}:{blob[1]}".encode()
        try:
            return _DECODE(self._seals[blob[1]].decrypt(blob[2:14], blob[14:], aad))
        except InvalidTag:
            raise Damaged(f"{table} {row}: does not open with key {blob[1]}") from None

    def blind(self, kind: str, *parts: str) -> bytes:
        """A keyed hash of 16 bytes to look a value up by without storing it; a label's value is
        found whatever its case."""
        if kind != "label":
            return self._blind(kind, *parts)
        found = self._labels.get(parts)
        if found is None:
            if len(self._labels) >= _LABELS:
                self._labels.clear()
            name, *values = parts
            folded = (value.casefold() for value in values)
            found = self._labels[parts] = self._blind(kind, name, *folded)
        return found

    def _blind(self, kind: str, *parts: str) -> bytes:
        hashed = self._index.copy()
        hashed.update("\x1f".join((kind, *parts)).encode("utf-8", "surrogatepass"))
        return hashed.digest()

    def mac(self, message: bytes) -> bytes:
        """The audit chain's MAC, 32 bytes."""
        return hmac.digest(self._audit, message, "sha256")


def _parse(text: str) -> list[bytes]:
    return [
        base64.b64decode(line, validate=True) for line in text.replace(",", "\n").split() if line
    ]


def load_ring(key: str | None, path: Path, *, may_create: bool) -> Ring:
    """The ring from ``PIXELVIEW_KEY`` (base64 keys, comma between) or the key file.

    Where neither is there a file of mode 0600 is made if ``may_create``, else MissingKey.
    """
    if key:
        return Ring(_parse(key))
    if path.exists():
        return Ring(_parse(path.read_text()))
    if not may_create:
        raise MissingKey(
            f"the database is sealed and {path} is not there: restore it, or set PIXELVIEW_KEY"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = base64.b64encode(os.urandom(32)).decode() + "\n"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as f:
        f.write(secret)
    return Ring(_parse(secret))
