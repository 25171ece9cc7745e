"""Encryption at rest and keyed hashes: one sealed JSON per row, one key ring for all of them."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
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
IDS = 256
"""The number of a key is one byte of what it sealed; numbers of keys that are gone come again."""
_LEAST = 30


class MissingKey(Exception):
    """The database holds sealed rows and the key that opens them is not here."""


class WrongKey(MissingKey):
    """There are keys, and they are not those that the database was sealed with."""


class Damaged(Exception):
    """A sealed row does not open: changed, moved to another row, or sealed by another key."""


def derive(secret: bytes, purpose: str, salt: bytes | None = None) -> bytes:
    """A key of 32 bytes for one purpose alone."""
    kdf = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=salt, info=b"pixelview:" + purpose.encode()
    )
    return kdf.derive(secret)


class Ring:
    """The keys by their numbers, and the one that seals what is written.

    Sealed form: 1 byte version, 1 byte key id, 12 bytes nonce, AES-GCM text. The associated data
    are table, row id and key id, so a blob moved to another row does not open. The keys of lookups
    and of the audit come from the first key until ``keep_own`` gives those of the database.
    """

    def __init__(self, secrets: Sequence[bytes] | Mapping[int, bytes]) -> None:
        given = secrets if isinstance(secrets, Mapping) else dict(enumerate(secrets))
        self._secrets: dict[int, bytes] = {}
        self._seals: dict[int, AESGCM] = {}
        self._labels: dict[tuple[str, ...], bytes] = {}
        self.take(given)
        if not self._secrets:
            raise ValueError("a key ring needs at least one key of 32 bytes")
        first = self._secrets[min(self._secrets)]
        self.keep_own(derive(first, "index"), derive(first, "audit"))
        self.write_with(max(self._secrets))

    def take(self, secrets: Mapping[int, bytes]) -> None:
        """Hold these keys too; those that are held stay as they are."""
        for number, secret in secrets.items():
            if len(secret) != 32 or not 0 <= number < IDS:
                raise ValueError("each key has 32 bytes and a number from 0 to 255")
        new = {n: s for n, s in secrets.items() if n not in self._secrets}
        self._secrets = {**self._secrets, **new}
        self._seals = {**self._seals, **{n: AESGCM(derive(s, "seal")) for n, s in new.items()}}

    def drop(self, number: int) -> None:
        """Hold a key no more."""
        self._secrets = {n: s for n, s in self._secrets.items() if n != number}
        self._seals = {n: s for n, s in self._seals.items() if n != number}

    def write_with(self, number: int) -> None:
        """Seal what is written from now on with this key; KeyError where it is not held."""
        self._write = bytes((1, number)), self._seals[number], number

    def keep_own(self, index: bytes, audit: bytes) -> None:
        """Use these secrets of the database's own for lookups and for the audit."""
        # BLAKE2b with a key is a MAC (RFC 7693) and, for words this short, thrice as fast as HMAC.
        self.own = index, audit
        self._index = hashlib.blake2b(digest_size=16, key=index)
        self._audit = audit
        self._labels.clear()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the keys that are held, in order."""
        return tuple(sorted(self._secrets))

    @property
    def writes(self) -> int:
        """The number of the key that seals what is written."""
        return self._write[2]

    def secret(self, number: int) -> bytes:
        """A key itself; for what is sealed outside the database."""
        return self._secrets[number]

    def check(self, number: int) -> str:
        """What tells one key from another and says nothing about it."""
        return derive(self._secrets[number], "check")[:8].hex()

    def seal(self, table: str, row: object, value: Any) -> bytes:
        """A JSON-like value sealed for one row."""
        return self.seal_text(table, row, _ENCODE(value))

    def seal_text(self, table: str, row: object, text: bytes) -> bytes:
        """The JSON text of a value sealed for one row."""
        head, key, number = self._write
        nonce = os.urandom(12)
        return head + nonce + key.encrypt(nonce, text, f"{table}:{row}:{number}".encode())

    def open(self, table: str, row: object, blob: bytes) -> Any:
        """What was sealed for that row; Damaged when it does not open."""
        return _DECODE(self.open_text(table, row, blob))

    def open_text(self, table: str, row: object, blob: bytes) -> bytes:
        """The JSON text of what was sealed for that row; Damaged when it does not open."""
        key = self._seals.get(blob[1]) if len(blob) >= _LEAST and blob[0] == 1 else None
        if key is None:
            raise Damaged(f"{table} {row}: not a sealed row, or sealed by an unknown key")
        aad = f"{table}:{row}:{blob[1]}".encode()
        try:
            return key.decrypt(blob[2:14], blob[14:], aad)
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


def load_ring(key: str | None, path: Path, *, may_create: bool) -> Ring:
    """The ring from a text of keys or the key file, as ``store.keyring.KeySource`` reads them.

    Where neither is there a file of mode 0600 is made if ``may_create``, else MissingKey.
    """
    from store.key_sources import KeySource, by_number

    source = KeySource(text=key, file=path)
    found = source.read()
    if found is None:
        found = source.make(may_create=may_create)
    return Ring(by_number(found))
