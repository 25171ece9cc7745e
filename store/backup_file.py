"""The file of a backup: records, compressed and sealed in chunks that can't be cut, swapped or
left out.

After a line that names it and a clear head (how the key is found, nothing else) come chunks of
AES-GCM. Each has its place in its nonce and a mark where it is the last (the STREAM construction of
Hoang, Reyhanitabar, Rogaway, Vizár 2015), and the head is associated data of every one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from store.crypto import MissingKey, Ring, derive

MAGIC = b"PIXELVIEW BACKUP 1\n"
CHUNK = 1 << 18
_TAG, _HEAD, _RECORD = 16, 1 << 16, 64 << 20
_ENCODE, _DECODE = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode
_COST = {"n": 1 << 16, "r": 8, "p": 1}


class BadBackup(Exception):
    """It is no backup, was cut or changed, or the key does not fit."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What opens a backup: a key of the ring, or a secret of the backups' own, which may be a
    passphrase."""

    ring: Ring | None = None
    own: bytes | None = None

    def new(self) -> tuple[dict[str, Any], bytes]:
        """How the key is found again, and the key for one new file."""
        salt = os.urandom(32)
        head: dict[str, Any] = {"salt": base64.b64encode(salt).decode()}
        if self.own is not None:
            head |= {"kind": "own", **_COST}
        elif self.ring is not None:
            number = self.ring.writes
            head |= {"kind": "ring", "number": number, "check": self.ring.check(number)}
        else:
            raise MissingKey("a backup needs a key")
        return head, self.of(head)

    def of(self, head: dict[str, Any]) -> bytes:
        """The key for a file with that head; BadBackup where it is not here."""
        salt = base64.b64decode(head["salt"])
        if head["kind"] == "own":
            return self._own(head, salt)
        for number in self.ring.numbers if self.ring is not None else ():
            assert self.ring is not None
            if self.ring.check(number) == head["check"]:
                return derive(self.ring.secret(number), "backup", salt)
        raise BadBackup(f"it was made with key {head['number']} of the ring, which is not here")

    def _own(self, head: dict[str, Any], salt: bytes) -> bytes:
        if self.own is None:
            raise BadBackup("it was made with a key of the backups' own: name its file with --key")
        n, r, p = head["n"], head["r"], head["p"]
        if not (2 <= n <= 1 << 20 and 1 <= r <= 16 and 1 <= p <= 4):
            raise BadBackup("its head is no head of ours")
        return derive(Scrypt(salt, 32, n=n, r=r, p=p).derive(self.own), "backup", salt)


class Writing:
    """Records into a file, in bounded memory."""

    def __init__(self, file: BinaryIO, key: BackupKey) -> None:
        head, secret = key.new()
        text = msgspec.json.encode(head)
        self._file, self._seal = file, AESGCM(secret)
        self._bound = hashlib.sha256(MAGIC + text).digest()
        self._zip, self._waits, self._place = zlib.compressobj(6), bytearray(), 0
        file.write(MAGIC + len(text).to_bytes(4, "big") + text)

    def record(self, value: Any) -> None:
        """Add one record."""
        packed = _ENCODE(value)
        self._add(self._zip.compress(len(packed).to_bytes(4, "big") + packed))

    def _add(self, packed: bytes) -> None:
        self._waits += packed
        while len(self._waits) > CHUNK:
            self._chunk(bytes(self._waits[:CHUNK]), last=False)
            del self._waits[:CHUNK]

    def _chunk(self, text: bytes, *, last: bool) -> None:
        nonce = _nonce(self._place, last=last)
        self._file.write(self._seal.encrypt(nonce, text, self._bound))
        self._place += 1

    def end(self) -> None:
        """The last chunk: without it the file is a half one."""
        self._add(self._zip.flush())
        self._chunk(bytes(self._waits), last=True)


def _nonce(place: int, *, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes((last,))


def reading(path: Path, key: BackupKey) -> Iterator[Any]:
    """The records of a file; BadBackup where it is cut, changed or does not open."""
    try:
        with path.open("rb") as file:
            yield from _records(_texts(file, key))
    except OSError as error:
        raise BadBackup(f"{path}: {error.strerror}") from None


def _texts(file: BinaryIO, key: BackupKey) -> Iterator[bytes]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BadBackup("this is no backup of ours")
    size = int.from_bytes(file.read(4), "big")
    text = file.read(size) if size <= _HEAD else b""
    try:
        head: dict[str, Any] = msgspec.json.decode(text)
        secret = key.of(head)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise BadBackup("its head is no head of ours") from None
    opened, bound = AESGCM(secret), hashlib.sha256(MAGIC + text).digest()
    place, chunk = 0, file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        last = not following
        try:
            yield opened.decrypt(_nonce(place, last=last), chunk, bound)
        except (InvalidTag, ValueError):
            raise BadBackup(_why(place, last=last)) from None
        if last:
            return
        place, chunk = place + 1, following


def _why(place: int, *, last: bool) -> str:
    if place == 0:
        return "it does not open: another key or passphrase, or a changed file"
    return f"it was cut or changed at chunk {place}" if last else f"it was changed at chunk {place}"


def _records(texts: Iterator[bytes]) -> Iterator[Any]:
    unzip, waits = zlib.decompressobj(), bytearray()
    for text in texts:
        packed = text
        while packed:
            waits += unzip.decompress(packed, CHUNK)
            packed = unzip.unconsumed_tail
            while (found := _one(waits)) is not None:
                yield found
    if waits or not unzip.eof:
        raise BadBackup("it ends in the middle of a record")


def _one(waits: bytearray) -> Any:
    if len(waits) < 4:
        return None
    size = int.from_bytes(waits[:4], "big")
    if size > _RECORD:
        raise BadBackup("a record is larger than any of ours")
    if len(waits) < 4 + size:
        return None
    packed = bytes(waits[4 : 4 + size])
    del waits[: 4 + size]
    return _DECODE(packed)
