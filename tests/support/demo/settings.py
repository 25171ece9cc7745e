"""Who is there in the demo, and the pixelview.yaml that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from tests.support.demo.mail import Mailroom
    from tests.support.discord import FakeDiscord
    from tests.support.slack import FakeSlack

PEOPLE = {
    "ana": "Ana Petrova", "omar": "Omar Haddad", "mei": "Mei Tanaka", "bob": "Bob Lang",
}  # fmt: skip
ZONES = {
    "ana": "Europe/Berlin",
    "omar": "Africa/Cairo",
    "mei": "Asia/Tokyo",
    "bob": "Europe/London",
}
CHANNELS = ("ops-alerts", "db")


def address(name: str) -> str:
    """A person's e-mail address."""
    return f"{name.split(maxsplit=1)[0].lower()}@example.eu"


def text(slack: FakeSlack, discord: FakeDiscord, mail: Mailroom) -> str:
    """The settings. Bob is a viewer, to see what denied looks like."""
    accounts = {
        name: {"slack": slack.user(name).id, "discord": str(discord.user(name).id)}
        for name in PEOPLE.values()
    }
    known: dict[str, Any] = {
        "slack": {
            "bot_token": slack.bot_token, "app_token": slack.app_token, "base_url": slack.base_url,
        },
        "discord": {
            "bot_token": discord.token, "api_base": discord.api_base,
            "gateway_url": discord.gateway_url, "guild": str(discord.guild_id),
            "message_content": True,
        },
        "mail": {
            "host": "127.0.0.1", "port": mail.smtp_port, "tls": "none",
            "sender": "PixelView <pixelview@example.eu>",
        },
        "people": {handle: _person(handle, accounts[name]) for handle, name in PEOPLE.items()},
        "teams": {
            "db": {"members": ["ana", "omar"], "oncall": "ana", "lead": "omar"},
            "web": {"members": ["mei", "ana"], "oncall": "mei", "lead": "ana"},
        },
        "policies": {
            "primary": {"steps": [
                {"targets": ["oncall"], "delay": 5}, {"targets": ["lead"], "delay": 5},
                {"targets": ["team"]},
            ]},
        },
        "routes": [
            _route("db", {"team": "db"}, "db", "db"), _route("web", {"team": "web"}, "web"),
            _route("rest", {}, "db"),
        ],
    }  # fmt: skip
    return yaml.safe_dump(known, allow_unicode=True, sort_keys=False)


def _person(handle: str, accounts: dict[str, str]) -> dict[str, Any]:
    name = PEOPLE[handle]
    roles = {"ana": ["admin"], "bob": ["viewer"]}.get(handle, ["responder"])
    rules = [{"after": 0, "via": via} for via in ("slack", "discord", "email")]
    return {
        "name": name, "email": address(name), "zone": ZONES[handle], "roles": roles,
        **accounts, "rules": rules,
    }  # fmt: skip


def _route(name: str, match: dict[str, str], team: str, *more: str) -> dict[str, Any]:
    places = [f"{chat}:#{c}" for chat in ("slack", "discord") for c in ("ops-alerts", *more)]
    return {"name": name, "match": match, "team": team, "policy": "primary", "channels": places}
