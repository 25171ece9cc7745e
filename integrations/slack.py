"""What Slack needs to be told, for the list of integrations; the surface itself is in bot/.

As a receiver it reads messages of tools that know only Slack's incoming webhooks. What Slack
itself posts (events, interactions) belongs to the surface, and is only information here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _chat, _read, _sign
from integrations.base import Capability, Manifest, Reading, Request, Setting
from store.model import AlertReading

MANIFEST = Manifest(
    name="slack",
    title="Slack",
    capabilities=frozenset({
        Capability.CARDS, Capability.PAGE, Capability.DIRECTORY, Capability.PRESENCE,
        Capability.RECEIVE,
    }),
    settings=(
        Setting("bot_token", "The bot token (xoxb-…), from the app's page under OAuth & "
                "Permissions.", secret=True),
        Setting("app_token", "The app-level token (xapp-…) with connections:write, for Socket "
                "Mode: nothing has to be reachable from outside.", secret=True),
        Setting("signing_secret", "The signing secret, for HTTP: Slack then calls "
                "<url>/slack/events. With both, Socket Mode is used and HTTP is taken too.",
                secret=True),
        Setting("command", "The slash command of the app.", default="/pv"),
        Setting("features", "What the app is used for: home, shortcuts, threads, mentions, rooms, "
                "usergroups, presence, channels, public. Without it: whatever its token allows."),
        Setting("connections", "How many Socket Mode connections are kept, 1 to 10.", default=2),
        Setting("workspaces", "Further workspaces by name, each with a bot_token; what one leaves "
                "out is as in the first."),
        Setting("base_url", "Where Slack's API is.", default="https://slack.com/api/"),
    ),
    docs="https://docs.slack.dev/app-manifests/",
)  # fmt: skip


SECRETS = ("signing_secret", "secret")


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless signed by Slack, where the source has a ``signing_secret``."""
    keys = _sign.secrets(secrets, *SECRETS)
    sent = request.headers.get("x-slack-request-timestamp", "")
    if not keys:
        return ""
    _sign.fresh(request, sent, "x-slack-request-timestamp")
    before = f"v0:{sent}:".encode()
    return _sign.signed(request, keys, "x-slack-signature", prefix="v0=", before=before)


def read(request: Request) -> Reading:
    """The one message of a body; events and presses of Slack are information."""
    body = _read.fields(request)
    kind = _read.first(body, "type")
    if kind == "url_verification":
        challenge = _read.first(body, "challenge")[:200]
        return Reading((_chat.note("Slack verifies this address"),), reply={"challenge": challenge})
    if kind == "event_callback":
        event = _read.part(body, "event")
        said = _read.first(event, "text") or _read.first(event, "type")
        return Reading((_chat.note(f"Slack: {said}", _read.first(body, "event_id")),))
    if _read.first(body, "command") or _is_outgoing(body):
        said = f"{_read.first(body, 'command')} {_read.first(body, 'text')}".strip()
        return Reading((_chat.note(f"Slack: {said}", _read.first(body, "trigger_id")),))
    if kind and isinstance(body.get("user"), dict):
        return Reading((_pressed(body, kind),))
    return Reading((_chat.message(body),))


def _is_outgoing(body: dict[str, Any]) -> bool:
    """Slack's outgoing webhooks post what somebody wrote in a channel."""
    return "trigger_word" in body or ("team_domain" in body and "user_name" in body)


def _pressed(body: dict[str, Any], kind: str) -> AlertReading:
    """Buttons of old attachments name the alert as their ``callback_id``."""
    who = _read.first(_read.part(body, "user"), "name", "username", "id")
    pressed = next(iter(_read.parts(body.get("actions"))), {})
    word, key = _read.first(pressed, "value", "name"), _read.first(body, "callback_id")
    if key and _chat.action(word) is not _read.INFO:
        return _chat.pressed(word, key, who)
    return _chat.note(f"Slack: {kind} by {who}", _read.first(body, "trigger_id", "action_ts"))
