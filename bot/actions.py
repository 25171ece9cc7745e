"""Actions that a step starts: the incident is posted to an address as JSON, signed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from bot.action_settings import ActionSettings
from bot.web.api import alert_json, incident_json
from commands.outgoing import Landed
from commands.rules.redact import Redactor, redact
from integrations import _wire
from integrations.base import Misconfigured, Permanent, Transient
from store.clock import iso
from store.executions import Execution
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


@dataclass(frozen=True, slots=True)
class Posted:
    """A request as it leaves."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Actions:
    """The actions of the settings. Raises the integration errors."""

    def __init__(
        self, settings: Mapping[str, ActionSettings], url: str, hide: Redactor = redact
    ) -> None:
        self._settings, self._url, self._hide = settings, url.rstrip("/"), hide

    async def start(
        self, delivery: str, one: Execution, detail: IncidentDetail | None, now: Instant
    ) -> None:
        """Post the incident as it is now; any 2xx means that it was taken.

        A repeat after a lost answer has the same ``X-PixelView-Delivery`` and says so. No redirect
        is followed, and of an answer only the beginning is read.
        """
        request = self.request(delivery, one, detail, now)
        await _post(one.action, self._of(one.action), request.body, request.headers, self._hide)

    def request(
        self, delivery: str, one: Execution, detail: IncidentDetail | None, now: Instant
    ) -> Posted:
        """Exactly what is posted."""
        action = self._of(one.action)
        body = json.dumps(self._body(delivery, one, detail, now), ensure_ascii=False).encode()
        repeat = bool(one.extra.get("unsure"))
        headers = self._headers(action, delivery, body, now, repeat=repeat)
        return Posted(action.url or "", headers, body)

    def shown(self, one: Execution, detail: IncidentDetail | None, now: Instant) -> str:
        """What would be posted, as people may read it: the host of the address, no secrets."""
        posted = self.request("dry-run", one, detail, now)
        parts, own = urlsplit(posted.url), self._of(one.action).headers
        hidden = {*own, "X-PixelView-Signature"}
        lines = [f"POST {parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"]
        lines += [f"{k}: {'••••' if k in hidden else v}" for k, v in posted.headers.items()]
        said = json.loads(posted.body)
        for name in one.secret:
            if name in said.get("params", {}):
                said["params"][name] = "••••"
        pretty = json.dumps(said, ensure_ascii=False, indent=2)
        return self._hide("\n".join([*lines, "", pretty]))

    def _of(self, name: str) -> ActionSettings:
        action = self._settings.get(name)
        if action is None or not action.url:
            raise Misconfigured(f"there is no action {name} in the settings", "actions")
        return action

    async def post(self, row: Row, told: Mapping[str, Any], now: Instant) -> Landed:
        """Post something that is about no incident, in the same way."""
        name = str(row.content["action"])
        action = self._of(name)
        said = {"action": name, "delivery": str(row.id), "at": iso(now), **told}
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = self._headers(action, str(row.id), body, now, repeat=row.marked)
        await _post(name, action, body, headers, self._hide)
        return Landed("", "")

    def _body(
        self, delivery: str, one: Execution, detail: IncidentDetail | None, now: Instant
    ) -> dict[str, Any]:
        said: dict[str, Any] = {
            "action": one.action, "step": one.extra.get("step", 0),
            "loop": one.extra.get("loop", 0), "why": one.why or one.extra.get("why", ""),
            "delivery": delivery, "at": iso(now), "execution": one.id,
        }  # fmt: skip
        if one.params:
            said["params"] = dict(one.params)
        if detail is not None:
            said["incident"] = {
                **incident_json(detail.incident),
                "url": f"{self._url}/i/{detail.incident.id}",
                "alerts": [alert_json(alert) for alert in detail.alerts[:ALERTS]],
            }
        return said

    def _headers(
        self, action: ActionSettings, delivery: str, body: bytes, now: Instant, *, repeat: bool
    ) -> dict[str, str]:
        at = str(now // 1000)
        signed = {"X-PixelView-Signature": signature(action.secret, at, body)}
        return {
            "Content-Type": "application/json",
            "User-Agent": "PixelView",
            "X-PixelView-Delivery": delivery,
            "X-PixelView-Timestamp": at,
            **(signed if action.secret else {}),
            **({"X-PixelView-Repeat": "1"} if repeat else {}),
            **action.headers,
        }


async def _post(
    name: str, action: ActionSettings, body: bytes, headers: Mapping[str, str], hide: Redactor
) -> None:
    limit = httpx.Timeout(action.timeout, connect=min(action.timeout, 5.0))
    try:
        async with (
            asyncio.timeout(2 * action.timeout),
            _wire.client(timeout=limit) as client,
            client.stream("POST", action.url or "", content=body, headers=headers) as answer,
        ):
            said = hide(await _beginning(answer))[:_SAID]
    except _NEVER_LEFT as error:
        raise Transient(f"{name} can't be reached: {type(error).__name__}") from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise Transient(f"{name} did not answer: {type(error).__name__}", uncertain=True) from None
    if answer.is_success:
        return
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
