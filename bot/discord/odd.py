"""An interaction out of its JSON alone, for one that discord.py can't read: whoever pressed gets an
answer all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.cards.model import Account
from bot.discord.render import EPHEMERAL, V2
from bot.discord.reply import Ask

_THREADS = {10, 11, 12}


def odd_ask(told: Mapping[str, Any]) -> Ask:
    """What the listener needs of an interaction; KeyError where not even that is there."""
    member, channel = told.get("member") or {}, told.get("channel") or {}
    user = member.get("user") or told["user"]
    message = told.get("message") or {}
    where = str(told.get("channel_id") or channel.get("id") or "")
    thread = channel.get("type") in _THREADS
    flags, embeds = int(message.get("flags") or 0), message.get("embeds") or ()
    is_card = bool(message) and not flags & EPHEMERAL and (bool(flags & V2) or bool(embeds))
    name = member.get("nick") or user.get("global_name") or user.get("username") or str(user["id"])
    held = member.get("roles")
    groups = None if held is None else tuple(map(str, held))
    return Ask(
        id=str(told["id"]), token=str(told["token"]), application=str(told["application_id"]),
        kind=int(told["type"]),
        account=Account(
            "discord", str(told.get("guild_id") or ""), str(user["id"]), str(name), groups
        ),
        channel=str(channel.get("parent_id") or where) if thread else where,
        thread=where if thread else "", on_message=bool(message),
        passing=bool(message) and bool(flags & EPHEMERAL) and not flags & V2 and not embeds,
        card=str(message["id"]) if is_card else "", is_v2=bool(flags & V2),
        place=f"#{channel['name']}" if channel.get("name") else "",
        data=told.get("data") or {},
    )  # fmt: skip


def texts_of(part: Any) -> Iterator[str]:
    """Every text of a message's JSON, from its content to its innermost component."""
    if isinstance(part, Mapping):
        if isinstance(part.get("content"), str) and part["content"]:
            yield part["content"]
        for name in ("embeds", "components", "items"):
            for inner in part.get(name) or ():
                yield from texts_of(inner)
        for name in ("title", "description"):
            if isinstance(part.get(name), str):
                yield part[name]
