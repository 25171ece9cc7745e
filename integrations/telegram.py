"""Telegram: updates of a bot (buttons, commands), and messages of tools that only know it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _chat, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request
from store.model import AlertReading

MANIFEST = Manifest(
    name="telegram",
    title="Telegram",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://core.telegram.org/bots/api#update",
)

_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the header holds the secret given to setWebhook, where one is set."""
    _sign.shared(request, _sign.secrets(secrets), "x-telegram-bot-api-secret-token")


def read(request: Request) -> Reading:
    """What an update says, or the one alert of a message."""
    body = _read.fields(request)
    if "update_id" not in body:
        return Reading((_chat.message(body),))
    if query := _read.part(body, "callback_query"):
        return Reading((_said(_read.first(query, "data"), _who(query)),))
    found = next((part for name in _MESSAGES if (part := _read.part(body, name))), {})
    text = _read.first(found, "text", "caption")
    if text.startswith("/"):
        return Reading((_said(text, _who(found)),))
    return Reading((_chat.note(text or "An update of Telegram", _read.first(body, "update_id")),))


def _said(data: str, who: str) -> AlertReading:
    """``/ack 32adb117`` or ``/ack@some_bot 32adb117``."""
    word, _, key = data.strip().partition(" ")
    return _chat.pressed(word.partition("@")[0], key.strip() or data, who)


def _who(holder: dict[str, Any]) -> str:
    return _read.first(_read.part(holder, "from"), "username", "first_name", "id")
