"""The Slack app's manifest for the chosen features, with the fewest scopes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from bot.slack.board import PATH
from bot.slack.features import Feature, Shortcut, scopes_of

JSON = dict[str, Any]

_COMMAND = "Take, hand on, resolve and look up incidents"
_HINT = "ack 1842 | list critical | help"
_HEAD = """\
# The Slack app of PixelView: at https://api.slack.com/apps choose "Create New App", "From a
# manifest", paste this and install it. Then put into pixelview.yaml, below slack:
#   bot_token  xoxb-…, under OAuth & Permissions
{then}
"""
_SOCKET = "#   app_token  xapp-…, a token with connections:write, under Basic Information"
_HTTP = "#   signing_secret  under Basic Information"


def manifest(
    features: Sequence[Feature], *, url: str = "", command: str = "/pv", name: str = "PixelView"
) -> JSON:
    """The app for these features; with Slack calling ``url`` over HTTP, else over Socket Mode."""
    address = f"{url.rstrip('/')}{PATH}" if url else ""
    names = {feature.name for feature in features}
    events = sorted({event for feature in features for event in feature.events})
    shortcuts = [_shortcut(each) for feature in features for each in feature.shortcuts]
    settings: JSON = {
        "event_subscriptions": _at(address, "request_url", {"bot_events": events}),
        "interactivity": _interactivity(address),
        "org_deploy_enabled": False,
        "socket_mode_enabled": not address,
        "token_rotation_enabled": False,
    }
    slash = {"command": command, "description": _COMMAND, "usage_hint": _HINT,
             "should_escape": True}  # fmt: skip
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "Incidents as live cards, pages for whoever is on call, actions from "
            "where you are.",
            "background_color": "#14181f",
        },
        "features": {
            "bot_user": {"display_name": name, "always_online": True},
            "app_home": {
                "home_tab_enabled": "home" in names,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            **({"shortcuts": shortcuts} if shortcuts else {}),
            "slash_commands": [_at(address, "url", slash)],
        },
        "oauth_config": {"scopes": {"bot": list(scopes_of(features))}},
        "settings": settings,
    }


def _at(address: str, key: str, part: JSON) -> JSON:
    return {key: address, **part} if address else part


def _interactivity(address: str) -> JSON:
    if not address:
        return {"is_enabled": True}
    return {
        "is_enabled": True, "request_url": address, "message_menu_options_url": address,
    }  # fmt: skip


def _shortcut(each: Shortcut) -> JSON:
    return {
        "name": each.name, "type": each.kind, "callback_id": each.callback,
        "description": each.description,
    }  # fmt: skip


def as_json(made: JSON) -> str:
    """The manifest as JSON."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def as_yaml(made: JSON, features: Sequence[Feature]) -> str:
    """The manifest as YAML, each scope with what it is needed for."""
    why = {scope: words for f in reversed(features) for scope, words in f.scopes.items()}
    text = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100)
    lines = []
    for line in text.splitlines():
        words = why.get(line.strip().removeprefix("- ")) if line.strip().startswith("- ") else None
        lines.append(f"{line} # {words}" if words else line)
    then = _SOCKET if made["settings"]["socket_mode_enabled"] else _HTTP
    used = "".join(f"# {f.name}: {f.use}\n" for f in features)
    return _HEAD.format(then=then) + "# It is made for:\n" + used + "\n".join(lines) + "\n"
