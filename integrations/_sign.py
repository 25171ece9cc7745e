"""Signatures and shared secrets of senders; where a source has none, none is asked for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.base import Malformed, Request, Setting

SECRET = Setting(
    "secret",
    "The secret given to the sender too; several in a list while one is replaced by another.",
    secret=True,
)


def secrets(settings: Mapping[str, Any], name: str = "secret") -> list[bytes]:
    """The secrets of a source's settings, one or a list of them."""
    found = settings.get(name)
    each = found if isinstance(found, (list, tuple)) else (found,)
    return [str(one).encode() for one in each if one]


def signed(
    request: Request,
    known: Iterable[bytes],
    header: str,
    *,
    prefix: str = "",
    algorithm: str = "sha256",
    before: bytes = b"",
) -> None:
    """Malformed 401 unless one of the header's signatures, in hex, was made with a known secret.

    Nothing is asked where none is known. ``before`` is what was signed ahead of the body.
    """
    if not (keys := list(known)):
        return
    told = [part.strip() for part in request.headers.get(header, "").split(",")[:10]]
    theirs = [one[len(prefix) :].lower().encode("utf-8", "replace") for one in told
              if one.startswith(prefix)]  # fmt: skip
    for key in keys:
        mine = hmac.digest(key, before + request.body, getattr(hashlib, algorithm)).hex().encode()
        if any(hmac.compare_digest(mine, each) for each in theirs):
            return
    raise Malformed("the signature was not made with the secret of this source", header, 401)


def fresh(request: Request, stamp: str, header: str, seconds: int = 300) -> None:
    """Malformed 401 unless a signed time stamp (seconds since 1970) is of these minutes: what was
    overheard can't be sent again later."""
    plain = stamp.isascii() and stamp.isdecimal() and len(stamp) < 12
    if not plain or abs(request.received_at - int(stamp) * 1000) > seconds * 1000:
        raise Malformed("the signature is too old", header, 401)


def signed_base64(
    request: Request, known: Iterable[bytes], header: str, algorithm: str = "sha256"
) -> None:
    """Malformed 401 unless the header is the body's signature, in base64, by a known secret."""
    if not (keys := list(known)):
        return
    try:
        theirs = base64.b64decode(request.headers.get(header, ""), validate=True)
    except (binascii.Error, ValueError):
        theirs = b""
    if not any(hmac.compare_digest(hmac.digest(k, request.body, algorithm), theirs) for k in keys):
        raise Malformed("the signature was not made with the secret of this source", header, 401)


def shared(request: Request, known: Iterable[bytes], header: str) -> None:
    """Malformed 401 unless the header holds a known secret as it is."""
    if not (keys := list(known)):
        return
    told = request.headers.get(header, "").encode("utf-8", "replace")
    if not any(hmac.compare_digest(key, told) for key in keys):
        raise Malformed("the secret is not that of this source", header, 401)
