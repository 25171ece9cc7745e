"""Our events on their way to StackStorm's rules: as a trigger, or to a webhook there; signed, and
the same mark on every repeat."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from integrations.base import Permanent
from integrations.stackstorm import schema
from integrations.stackstorm.settings import System
from store.clock import SystemClock

_CLOCK = SystemClock()


def tell(st2: Any, system: System, event: Mapping[str, Any], key: str) -> None:
    """One event, nothing in it live. StackStorm hands the headers of a trigger to nobody: what is
    signed and the signature stand in the event too."""
    sent = str(_CLOCK.now() // 1000)
    told = {**schema.inert(event), "delivery": key, "sent": sent}
    if system.secret:
        told["signature"] = signature(system.secret, sent, canonical(told))
    path, body = f"/webhooks/{system.webhook or 'st2'}", told
    if not system.webhook:
        body = {"trigger": system.trigger, "payload": told}
    headers = {
        "X-PixelView-Delivery": key, "X-PixelView-Timestamp": sent, "St2-Trace-Tag": f"event-{key}",
    }  # fmt: skip
    if system.secret:
        signed = signature(system.secret, sent, json.dumps(body).encode())
        headers["X-PixelView-Signature"] = signed
    try:
        st2.webhooks.client.post(path, body, headers=headers)
    except Permanent as error:
        if "doesn't exist" in str(error) or "not registered" in str(error):
            name = f"webhook {system.webhook}" if system.webhook else f"trigger {system.trigger}"
            raise Permanent(f"StackStorm has no {name}; the pack pixelview has one") from None
        raise


def canonical(told: Mapping[str, Any]) -> bytes:
    """What is signed of an event: all of it but the signature, as JSON in one way only."""
    bare = {name: value for name, value in told.items() if name != "signature"}
    return json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def signature(secret: str, sent: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256 of the time of sending, a dot and the body, in hex."""
    made = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256)
    return f"v1={made.hexdigest()}"
