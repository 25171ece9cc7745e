"""Anything that knows only a chat's incoming webhook: Slack, Mattermost, Rocket.Chat, Teams; and
the buttons of such messages."""

from __future__ import annotations

from typing import Any

from integrations import _chat, _read
from integrations.base import Capability, Manifest, Reading, Request

MANIFEST = Manifest(
    name="slack_like",
    title="A chat's incoming webhook",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/",
)

_OWN = ("text", "attachments", "blocks", "embeds", "cards", "cardsV2")


def read(request: Request) -> Reading:
    """The one message of a body, or the button pressed under one."""
    body = _read.fields(request)
    action = _read.first(body, "action")
    key = _read.first(body, "alert_id", "incident_id", "id", "key") or _asked(body)
    if action and key:
        who = _read.first(body, "user", "user_name", "by")
        return Reading((_chat.pressed(action, key, who),))
    if any(name in body for name in _OWN) and not _chat.says(body):
        return Reading((_chat.note("A message without text"),))
    return Reading((_chat.message(body),))


def _asked(body: dict[str, Any]) -> str:
    """A button that asks for quiet names no alert but an event and what it is about."""
    return " ".join(_read.words([body.get(name) for name in ("event", "resource")]))
