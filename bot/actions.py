"""Actions that a step starts: the incident is posted to an address as JSON, signed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx

from bot.asking import ActionSettings
from bot.web.api import alert_json, incident_json
from commands.outgoing import Landed
from commands.rules.redact import Redactor, redact
from integrations import _wire
from integrations.base import Misconfigured, Permanent, Transient
from store.clock import iso
from store.model import IncidentDetail, Instant
from store.outbox import Row

ALERTS = 40
_READ, _SAID = 2_000, 200
_LONGEST_WAIT = 60.0
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_AGAIN = (408, 425, 429)

for _noisy in ("httpx", "httpcore"):  # they log whole addresses, in which secrets may stand
    logging.getLogger(_noisy).setLevel(logging.WARNING)


def signature(secret: str, at: str, body: bytes) -> str:
    """``v1=<hex>``: HMAC-SHA256 with the secret over the time of sending, a dot and the body."""
    made = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256)
    return f"v1={made.hexdigest()}"


class Actions:
    """The actions of the settings. Raises the integration errors."""

    def __init__(
        self, settings: Mapping[str, ActionSettings], url: str, hide: Redactor = redact
    ) -> None:
        self._settings, self._url, self._hide = settings, url.rstrip("/"), hide

    async def start(self, row: Row, detail: IncidentDetail, now: Instant) -> Landed:
        """Post the incident as it is now; any 2xx means that it was taken.

        A repeat after a lost answer has the same ``X-PixelView-Delivery`` and says so. No redirect
        is followed, and of an answer only the beginning is read.
        """
        name = str(row.content["action"])
        action = self._settings.get(name)
        if action is None:
            raise Misconfigured(f"there is no action {name} in the settings", "actions")
        body = json.dumps(self._body(row, detail, now), ensure_ascii=False).encode()
        headers = self._headers(action, row, body, now)
        return await _post(name, action, body, headers, self._hide)

    async def post(self, row: Row, told: Mapping[str, Any], now: Instant) -> Landed:
        """Post something that is about no incident, in the same way."""
        name = str(row.content["action"])
        action = self._settings.get(name)
        if action is None:
            raise Misconfigured(f"there is no action {name} in the settings", "actions")
        said = {"action": name, "delivery": str(row.id), "at": iso(now), **told}
        body = json.dumps(said, ensure_ascii=False).encode()
        return await _post(name, action, body, self._headers(action, row, body, now), self._hide)

    def _body(self, row: Row, detail: IncidentDetail, now: Instant) -> dict[str, Any]:
        incident = {
            **incident_json(detail.incident),
            "url": f"{self._url}/i/{detail.incident.id}",
            "alerts": [alert_json(alert) for alert in detail.alerts[:ALERTS]],
        }
        said = {name: row.content[name] for name in ("action", "step", "loop", "why")}
        return {**said, "delivery": str(row.id), "at": iso(now), "incident": incident}

    def _headers(
        self, action: ActionSettings, row: Row, body: bytes, now: Instant
    ) -> dict[str, str]:
        at = str(now // 1000)
        signed = {"X-PixelView-Signature": signature(action.secret, at, body)}
        return {
            "Content-Type": "application/json",
            "User-Agent": "PixelView",
            "X-PixelView-Delivery": str(row.id),
            "X-PixelView-Timestamp": at,
            **(signed if action.secret else {}),
            **({"X-PixelView-Repeat": "1"} if row.marked else {}),
            **action.headers,
        }


async def _post(
    name: str, action: ActionSettings, body: bytes, headers: Mapping[str, str], hide: Redactor
) -> Landed:
    limit = httpx.Timeout(action.timeout, connect=min(action.timeout, 5.0))
    try:
        async with (
            asyncio.timeout(2 * action.timeout),
            _wire.client(timeout=limit) as client,
            client.stream("POST", action.url, content=body, headers=headers) as answer,
        ):
            said = hide(await _beginning(answer))[:_SAID]
    except _NEVER_LEFT as error:
        raise Transient(f"{name} can't be reached: {type(error).__name__}") from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise Transient(f"{name} did not answer: {type(error).__name__}", uncertain=True) from None
    if answer.is_success:
        return Landed("", "")
    words = f"{answer.status_code} {said}".strip()
    if answer.status_code in _AGAIN or answer.status_code >= 500:
        raise Transient(words, _wait(answer))
    raise Permanent(words)


async def _beginning(answer: httpx.Response) -> str:
    """The first words of an answer, on one line."""
    found = b""
    async for piece in answer.aiter_bytes():
        found += piece
        if len(found) >= _READ:
            break
    return " ".join(found[:_READ].decode("utf-8", "replace").split())


def _wait(answer: httpx.Response) -> float | None:
    """Seconds that the address asks to wait, bounded."""
    try:
        return min(max(float(answer.headers["Retry-After"]), 0.5), _LONGEST_WAIT)
    except (KeyError, ValueError):
        return None
