"""ntfy: loud at night, on ntfy.sh or a server of one's own, with buttons that act at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations._client import Client, body_of, cut, cut_bytes, said
from integrations.base import (
    Capability,
    Manifest,
    Misconfigured,
    PageMessage,
    Permanent,
    Setting,
)

MANIFEST = Manifest(
    name="ntfy",
    title="ntfy",
    capabilities=frozenset({Capability.PAGE}),
    settings=(
        Setting("token", "An access token (tk_…) that may write to the topics.", secret=True),
        Setting("base_url", "Where ntfy is.", default="https://ntfy.sh"),
    ),
    secret_addresses=True,
    docs="https://docs.ntfy.sh/publish/",
)  # fmt: skip

TITLE, TEXT = 250, 3_500
"""A message over 4,096 bytes becomes an attachment that nobody reads at night."""
QUIET = 1
PRIORITIES = {"critical": 5, "error": 5, "warning": 4, "info": 3}
TAGS = {
    "critical": "rotating_light",
    "error": "large_orange_diamond",
    "warning": "warning",
    "info": "information_source",
}
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Ntfy:
    """Publishes to topics."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._base = str(settings.get("base_url") or "https://ntfy.sh").rstrip("/")
        token = str(settings.get("token") or "")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = Client("ntfy", self._base)

    async def page(self, to: str, message: PageMessage) -> str:
        """Publish it to a topic; ntfy's id of the message."""
        return await self._publish(_topic(to, self._base), _words(message))

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """Say quietly what became of it; newer apps show it in the place of the page."""
        if message.short:
            await self._publish(_topic(to, self._base), _over(message))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    async def _publish(self, topic: str, words: dict[str, Any]) -> str:
        answer = await self._client.send(
            "POST", "/", json={"topic": topic, **words}, headers=self._headers
        )
        found = body_of(answer)
        if answer.status_code in (401, 403):
            words_said = said(answer, found.get("error"))
            raise Misconfigured(f"ntfy does not let us write: {words_said}", "ntfy.token")
        if answer.status_code != 200:
            raise Permanent(f"ntfy refused it: {said(answer, found.get('error'))}")
        return str(found.get("id") or "")


def connect(settings: Mapping[str, Any]) -> Ntfy:
    """A pager from its settings."""
    return Ntfy(settings)


def mistake(channel: str, address: str) -> str:
    """What is wrong with a person's topic, or ""."""
    name = urlsplit(address).path.strip("/") if "://" in address else address.strip()
    return "" if _TOPIC.fullmatch(name) else "a topic has 1 to 64 letters, digits, _ and -"


def _topic(to: str, base: str) -> str:
    """The topic of an address: its bare name, or its URL on our server."""
    name = to.strip()
    if "://" in name:
        parts = urlsplit(name)
        if f"{parts.scheme}://{parts.netloc}" != base:
            raise Permanent("that topic is on another server than ntfy.base_url")
        name = parts.path.strip("/")
    if not _TOPIC.fullmatch(name):
        raise Permanent("that is no topic of ntfy")
    return name


def _words(message: PageMessage) -> dict[str, Any]:
    words: dict[str, Any] = {
        "title": cut(message.subject, TITLE),
        "message": cut_bytes(message.text or message.subject, TEXT),
        "priority": QUIET if message.resolved else PRIORITIES.get(message.severity, 3),
        "tags": ["white_check_mark" if message.resolved else TAGS.get(message.severity, "bell")],
    }
    if message.url:
        words["click"] = message.url
    actions = [_act("Acknowledge", message.acknowledge), _act("Escalate", message.escalate)]
    if found := [action for action in actions if action]:
        words["actions"] = found
    return words | _place(message)


def _over(message: PageMessage) -> dict[str, Any]:
    """The same without buttons, as quiet as it can be."""
    words = {k: v for k, v in _words(message).items() if k != "actions"}
    tag = "white_check_mark" if message.resolved else "bust_in_silhouette"
    return {**words, "priority": QUIET, "tags": [tag]}


def _place(message: PageMessage) -> dict[str, str]:
    """What is said of one incident is one notification where the app knows sequences."""
    return {"sequence_id": f"pv-{message.incident}"} if message.incident else {}


def _act(label: str, url: str) -> dict[str, Any] | None:
    """A button that posts to a page of ours whose POST acts; the notification then goes."""
    if not url:
        return None
    return {"action": "http", "label": label, "url": url, "method": "POST", "headers": _FORM,
            "body": "via=ntfy", "clear": True}  # fmt: skip
