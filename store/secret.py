"""Secrets that are shown once: how they are made, told from other words, and stored as a hash."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
import zlib

_LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 43, 6
_NEW = re.compile(rf"(pv[a-z])_([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECK}}})")


def hashed(secret: str) -> bytes:
    """What is stored of a secret of 32 random bytes; being random it needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def new_secret(prefix: str) -> str:
    """A fresh secret that can be recognised when it leaks: ``pvi_…``, ``pvr_…``, ``pvs_…``.

    256 random bits in letters and digits, and six more that are their CRC-32: whoever looks for
    leaked secrets knows one from words that only look alike (the form of GitHub's tokens).
    """
    random = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
    return f"{prefix}_{random}{_check(prefix, random)}"


def new_address() -> str:
    """A fresh secret of an intake source that stands in mail addresses: 160 random bits in lower
    case, since many a device writes addresses so."""
    return f"pvi_{base64.b32encode(secrets.token_bytes(20)).decode().lower()}"


def could_be(secret: str) -> bool:
    """False for what can't be a secret of ours: its last letters don't fit the others. Those made
    before there were such letters have another length."""
    found = _NEW.fullmatch(secret)
    return len(secret) <= 200 and (found is None or _check(found[1], found[2]) == found[3])


def _check(prefix: str, random: str) -> str:
    number, letters = zlib.crc32(f"{prefix}_{random}".encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_LETTERS))
        letters = _LETTERS[rest] + letters
    return letters


CODE_LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"
"""No vowels, so no words; nothing that is mistaken for something else."""


def new_code() -> str:
    """A code that people read and type: ``K7QM-3XHT``, 38 random bits, for minutes only."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def code_of(typed: str) -> str:
    """A typed code as it was made; "" for what is none."""
    bare = re.sub(r"[\s-]", "", typed).upper()
    good = len(bare) == 8 and all(letter in CODE_LETTERS for letter in bare)
    return f"{bare[:4]}-{bare[4:]}" if good else ""
