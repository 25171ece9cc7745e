"""Who is there in the demo, and the pixelview.yaml that says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import yaml

from tests.support.demo import fixes
from tests.support.demo.estate import SOURCES

if TYPE_CHECKING:
    from tests.support.demo.mail import Mailroom
    from tests.support.discord import FakeDiscord
    from tests.support.slack import FakeSlack
    from tests.support.stackstorm import StackStorm
    from tests.support.twilio.viewer import Phones

_NEEDED: dict[str, dict[str, Any]] = {
    "openstack": {"cloud": "prod"},
    "azure": {"tenant": "pixel-works", "client_id": "pixelview", "client_secret": "of-the-demo"},
    "gcp": {"credentials_file": "of-the-demo.json"},
}
"""What the settings of a source need; nobody is asked."""
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
NUMBERS = {"ana": "+4915112345678", "omar": "+201001234567", "mei": "+819012345678"}


def _weekly(*people: str) -> dict[str, Any]:
    """Turns of a week; this week is the first one's."""
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    monday = today - timedelta(days=today.weekday())
    rotation = {"kind": "weekly", "people": list(people)}
    layer = {"name": "weeks", "start": f"{monday}T00:00", "rotation": rotation}
    return {"zone": "Europe/Berlin", "layers": [layer]}


def address(name: str) -> str:
    """A person's e-mail address."""
    return f"{name.split(maxsplit=1)[0].lower()}@example.eu"


def text(
    slack: FakeSlack, discord: FakeDiscord, mail: Mailroom, phones: Phones, st2: StackStorm | None
) -> str:
    """The settings. Bob is a viewer, to see what denied looks like; without ``st2`` there are no
    clouds and nothing can be run."""
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
        "twilio": {
            "account_sid": phones.sid, "auth_token": phones.token, "sms_from": "+15005550006",
            "voice_from": "+15005550007", "base_url": phones.url,
        },
        "people": {
            handle: _person(handle, accounts[name], bool(st2)) for handle, name in PEOPLE.items()
        },
        "teams": {
            "db": {"members": ["ana", "omar"], "oncall": "schedule:db-primary", "lead": "omar"},
            "web": {"members": ["mei", "ana"], "oncall": "mei", "lead": "ana"},
        },
        "schedules": {"db-primary": _weekly("ana", "omar")},
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
        "inventory": {"sources": {
            name: {"kind": kind, **_NEEDED.get(kind, {})} for name, kind in SOURCES.items()
            if st2
        }},
        **(_runs(st2) if st2 else {}),
        "status": {
            "title": "Pixel Works", "public": True, "zone": "Europe/Berlin",
            "components": {
                "Checkout": {"match": "service:checkout", "text": "Paying in the shop"},
                "Orders": {"match": "service:postgres-*"},
            },
        },
    }  # fmt: skip
    return yaml.safe_dump(known, allow_unicode=True, sort_keys=False)


def _runs(st2: StackStorm) -> dict[str, Any]:
    return {
        "roles": {"runner": {"permissions": ["action:*"]}},
        "stackstorm": {"st2": st2.settings()}, "actions": fixes.ACTIONS,
        "automations": fixes.AUTOMATIONS,
    }  # fmt: skip


def _person(handle: str, accounts: dict[str, str], runs: bool) -> dict[str, Any]:
    name = PEOPLE[handle]
    roles = {"ana": ["admin"], "bob": ["viewer"]}.get(handle, ["responder"])
    if runs and roles == ["responder"]:
        roles = ["responder", "runner"]
    rules = [{"after": 0, "via": via} for via in ("slack", "discord", "email")]
    phone = {"phone": NUMBERS[handle]} if handle in NUMBERS else {}
    if phone:
        rules += [{"after": 0, "via": "sms"}, {"after": 1, "via": "voice"}]
    return {
        "name": name, "email": address(name), "zone": ZONES[handle], "roles": roles,
        **accounts, **phone, "rules": rules,
    }  # fmt: skip


def _route(name: str, match: dict[str, str], team: str, *more: str) -> dict[str, Any]:
    places = [f"{chat}:#{c}" for chat in ("slack", "discord") for c in ("ops-alerts", *more)]
    return {"name": name, "match": match, "team": team, "policy": "primary", "channels": places}
