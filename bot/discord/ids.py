"""What Discord's ids tell, and the nonces by which it knows a message again."""

from __future__ import annotations

import hashlib
from typing import Any

NONCE = 25
_EPOCH_S = 1_420_070_400.0


def born_s(message: str) -> float:
    """When a message was made, from its id, in seconds since 1970."""
    return (int(message) >> 22) / 1000 + _EPOCH_S


def once(nonce: str) -> dict[str, Any]:
    """Discord then gives the first message back instead of making a second one."""
    fits = nonce if len(nonce) <= NONCE else hashlib.sha256(nonce.encode()).hexdigest()[:NONCE]
    return {"nonce": fits, "enforce_nonce": True}
