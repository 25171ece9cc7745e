"""Pushover: loud at night. An emergency rings until it is acknowledged on the device, and that
receipt counts as the ack; it is cancelled when somebody else has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations._client import Client, body_of, cut, said
from integrations.base import (
    Answered,
    Capability,
    Delivered,
    Manifest,
    Misconfigured,
    PageMessage,
    Permanent,
    Setting,
)

MANIFEST = Manifest(
    name="pushover",
    title="Pushover",
    capabilities=frozenset({Capability.PAGE}),
    settings=(
        Setting("token", "The API token of the application made at pushover.net.", secret=True,
                required=True),
        Setting("retry", "Seconds after which an emergency rings again (at least 30).", default=60),
        Setting("expire", "Seconds after which it stops by itself (at most 10800).", default=3600),
        Setting("sound", "The sound of an emergency, \"\" for the one of the device.", default=""),
        Setting("base_url", "Where Pushover's API is.", default="https://api.pushover.net"),
    ),
    docs="https://pushover.net/api",
)  # fmt: skip

TITLE, TEXT, URL = 250, 1024, 512
EMERGENCY, HIGH, NORMAL = 2, 1, 0
PRIORITIES = {"critical": EMERGENCY, "error": EMERGENCY, "warning": HIGH}


class Pushover:
    """Sends, looks whether it was acknowledged, and cancels."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._token = str(settings.get("token") or "")
        self._retry = max(30, int(settings.get("retry") or 60))
        self._expire = min(10_800, max(self._retry, int(settings.get("expire") or 3600)))
        self._sound = str(settings.get("sound") or "")
        base = str(settings.get("base_url") or "https://api.pushover.net")
        self._client = Client("Pushover", base.rstrip("/"))

    async def page(self, to: str, message: PageMessage) -> str:
        """Send it to ``user`` or ``user/device``; the receipt where it is an emergency."""
        user, _, device = to.strip().partition("/")
        fields = {"user": user, **self._words(message)}
        if device:
            fields["device"] = device
        return str((await self._post("/1/messages.json", fields)).get("receipt") or "")

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Somebody has it or it is over: it rings no more."""
        if provider_id:
            await self._post(f"/1/receipts/{_plain(provider_id)}/cancel.json", {})

    async def watch(self, to: str, provider_id: str) -> Sequence[Answered | Delivered] | None:
        """What became of an emergency so far; None once nothing more is to come."""
        token = {"token": self._token}
        path = f"/1/receipts/{_plain(provider_id)}.json"
        answer = await self._client.send("GET", path, params=token)
        found = body_of(answer)
        if answer.status_code != 200 or found.get("status") != 1:
            return None  # a receipt is kept for a week, and this one is none of ours
        if found.get("acknowledged") == 1:
            return (Answered("ack", sender=str(found.get("acknowledged_by") or to)),)
        return None if found.get("expired") == 1 else ()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    def _words(self, message: PageMessage) -> dict[str, str]:
        priority = NORMAL if message.resolved else PRIORITIES.get(message.severity, NORMAL)
        fields = {
            "title": cut(message.subject, TITLE),
            "message": cut(message.text or message.subject, TEXT),
            "priority": str(priority),
        }
        if priority == EMERGENCY:
            fields |= {"retry": str(self._retry), "expire": str(self._expire)}
            if self._sound:
                fields["sound"] = self._sound
        url = message.acknowledge or message.url
        if url and len(url) <= URL:
            label = "Acknowledge or escalate" if message.acknowledge else "Open"
            fields |= {"url": url, "url_title": label}
        return fields

    async def _post(self, path: str, fields: dict[str, str]) -> dict[str, Any]:
        if not self._token:
            raise Misconfigured("no application token of Pushover is set", "pushover.token")
        answer = await self._client.send("POST", path, data={"token": self._token, **fields})
        found = body_of(answer)
        if answer.status_code == 200 and found.get("status") == 1:
            return found
        errors = found.get("errors")
        words = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
        if found.get("token") == "invalid":
            raise Misconfigured(f"Pushover refused our token: {words}", "pushover.token")
        raise Permanent(f"Pushover refused it: {said(answer, words)}")


def connect(settings: Mapping[str, Any]) -> Pushover:
    """A pager from its settings."""
    return Pushover(settings)


def check(settings: Mapping[str, Any]) -> None:
    """Without a token nothing can be sent."""
    if not settings.get("token"):
        raise Misconfigured("no application token of Pushover is set", "pushover.token")


def mistake(channel: str, address: str) -> str:
    """What is wrong with a person's user key, or ""."""
    user, slash, device = address.partition("/")
    fits = len(user) == 30 and user.isascii() and user.isalnum()
    named = not slash or re.fullmatch(r"[A-Za-z0-9_,-]{1,100}", device)
    return (
        ""
        if fits and named
        else ("write the user or group key of 30 letters and digits, or <key>/<device>")
    )


def _plain(receipt: str) -> str:
    """A receipt as part of a path."""
    if not (receipt.isascii() and receipt.isalnum()):
        raise Permanent("that is no receipt of Pushover")
    return receipt
