"""Signatures and shared secrets of senders; where a source has none, none is asked for.

What checks a signature returns a mark: what tells that the same delivery came again, made of what
was signed, so that nobody without the secret can change it. It is "" where nothing was checked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.base import Malformed, Request, Setting

SECRET = Setting(
    "secret",
    "The secret given to the sender too; several in a list while one is replaced by another.",
    secret=True,
)
WINDOW = 300
"""How many seconds a signed time may be away from ours."""
_MOST = 10
_WRONG = "the signature was not made with the secret of this source"
_STANDARD = ("webhook", "svix")


def secrets(settings: Mapping[str, Any], *names: str) -> list[bytes]:
    """The secrets of a source's settings, one or a list of them, under ``secret`` unless named;
    none where they are absent.

    One that is there and empty lets nobody in: Malformed 401. It is a mistake, such as a variable
    of the environment that is not set, and must not open the door.
    """
    there = [name for name in names or ("secret",) if name in settings]
    return [key for name in there for key in _several(settings[name], name)]


def _several(found: Any, name: str) -> list[bytes]:
    each = found if isinstance(found, (list, tuple)) else (found,)
    known = [text.encode() for one in each if one is not None and (text := str(one)).strip()]
    if not known:
        raise Malformed("the secret in the settings of this source is empty", name, 401)
    return known


def mark(*parts: bytes) -> str:
    """What tells that the same was signed before."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def signed(
    request: Request,
    known: Iterable[bytes],
    header: str,
    *,
    prefix: str = "",
    algorithm: str = "sha256",
    before: bytes = b"",
) -> str:
    """Malformed 401 unless one of the header's signatures, in hex, was made with a known secret.

    Nothing is asked where none is known. ``before`` is what was signed ahead of the body.
    """
    if not (keys := list(known)):
        return ""
    told = [part.strip() for part in request.headers.get(header, "").split(",")[:_MOST]]
    theirs = [one[len(prefix) :].lower() for one in told if one.startswith(prefix)]
    mine = [hmac.digest(key, before + request.body, algorithm).hex() for key in keys]
    if not any_same(mine, theirs):
        raise Malformed(_WRONG, header, 401)
    return mark(before, request.body)


def signed_base64(
    request: Request,
    known: Iterable[bytes],
    header: str,
    algorithm: str = "sha256",
    *,
    prefix: str = "",
    before: bytes = b"",
    after: bytes = b"",
) -> str:
    """Malformed 401 unless the header is the body's signature, in base64, by a known secret."""
    if not (keys := list(known)):
        return ""
    try:
        told = request.headers.get(header, "").removeprefix(prefix)
        theirs = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        theirs = b""
    text = before + request.body + after
    if not any(hmac.compare_digest(hmac.digest(k, text, algorithm), theirs) for k in keys):
        raise Malformed(_WRONG, header, 401)
    return mark(before, request.body, after)


def timed(request: Request, known: Iterable[bytes], header: str, *, join: str = ".") -> str:
    """Malformed 401 unless the header (``t=…,v1=…``) signs these minutes and the body."""
    if not (keys := list(known)):
        return ""
    parts = [part.strip().partition("=")[::2]
             for part in request.headers.get(header, "").split(",")[:_MOST]]  # fmt: skip
    stamp = next((value for name, value in parts if name == "t"), "")
    fresh(request, stamp, header)
    before = f"{stamp}{join}".encode()
    theirs = [value.lower() for name, value in parts if name == "v1"]
    if not any_same([hmac.digest(k, before + request.body, "sha256").hex() for k in keys], theirs):
        raise Malformed(_WRONG, header, 401)
    return mark(before, request.body)


def standard(request: Request, known: Iterable[bytes]) -> str:
    """Malformed 401 unless signed as standardwebhooks.com has it (Svix has other header names).

    Its id is the same when a delivery is tried again, with a new time.
    """
    if not (keys := list(known)):
        return ""
    kind = next((k for k in _STANDARD if f"{k}-signature" in request.headers), _STANDARD[0])
    own, stamp, told = (
        request.headers.get(f"{kind}-{part}", "") for part in ("id", "timestamp", "signature")
    )
    fresh(request, stamp, f"{kind}-timestamp")
    text = f"{own}.{stamp}.".encode("utf-8", "replace") + request.body
    mine = [base64.b64encode(hmac.digest(_plain(k), text, "sha256")).decode() for k in keys]
    theirs = [one[3:] for one in told.split()[:_MOST] if one.startswith("v1,")]
    if not own or not any_same(mine, theirs):
        raise Malformed(_WRONG, f"{kind}-signature", 401)
    return mark(own.encode("utf-8", "replace"))


def _plain(key: bytes) -> bytes:
    try:
        return base64.b64decode(key.removeprefix(b"whsec_"), validate=True) or key
    except (binascii.Error, ValueError):
        return key


def any_same(mine: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether one of ours is one of theirs; each comparison takes the same time."""
    told = [one.encode("utf-8", "replace") for one in theirs]
    return any(hmac.compare_digest(one.encode(), each) for one in mine for each in told)


def fresh(request: Request, stamp: str, header: str, seconds: int = WINDOW) -> None:
    """Malformed 401 unless a signed time stamp (seconds since 1970, or ISO 8601) is of these
    minutes: what was overheard can't be sent again later."""
    at = _milliseconds(stamp)
    if at is None or abs(request.received_at - at) > seconds * 1000:
        raise Malformed("the signature is too old", header, 401)


def _milliseconds(stamp: str) -> int | None:
    if stamp.isascii() and stamp.isdecimal():
        return int(stamp) * 1000 if len(stamp) < 12 else None
    try:
        at = datetime.fromisoformat(stamp[:40])
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None


def shared(request: Request, known: Iterable[bytes], header: str) -> None:
    """Malformed 401 unless the header holds a known secret as it is."""
    told(request.headers.get(header, ""), known, header)


def told(secret: str, known: Iterable[bytes], where: str) -> None:
    """Malformed 401 unless what was told is a known secret as it is."""
    if not (keys := list(known)):
        return
    theirs = secret.encode("utf-8", "replace")
    if not any(hmac.compare_digest(key, theirs) for key in keys):
        raise Malformed("the secret is not that of this source", where, 401)
