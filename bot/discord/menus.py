"""Entries of a message's own menu (Apps): an incident, or a line of a timeline, out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards.model import Answer, Desk, Form, Note, Private, Span
from bot.discord.ids import born_s
from bot.discord.odd import texts_of
from bot.discord.reply import Ask
from bot.quote import Quote, as_incident, as_note
from commands import registry

MESSAGE = 3
_USER = re.compile(r"<@!?(\d+)>")
_OTHER = re.compile(r"<(?:@&|#|t:|a?:\w+:)([^<>\s]*)>")
_QUIET_LINK = re.compile(r"<(https?://[^<>\s]+)>")


@dataclass(frozen=True, slots=True)
class Menu:
    """What an entry does: it opens the form of ``verb`` with the words of the message in it.
    ``anew`` says that it makes something new of the message, which is then told below it."""

    verb: str
    anew: bool = False


MENUS = {
    "Make an incident of this": Menu("declare", anew=True),
    "Add to the timeline": Menu("note"),
}


def offered() -> list[str]:
    """The names of the entries whose verbs there are."""
    return [name for name, menu in MENUS.items() if menu.verb in registry.CATALOG]


def menu_of(ask: Ask) -> Menu | None:
    """The entry that was chosen, where it was one."""
    if ask.data.get("type") != MESSAGE:
        return None
    return MENUS.get(str(ask.data.get("name") or ""))


def target(ask: Ask) -> str:
    """The id of the message it was chosen on."""
    return str(ask.data.get("target_id") or "")


async def filled(desk: Desk, ask: Ask, menu: Menu) -> Answer:
    """The form, with the words of the message in it."""
    message = _message(ask)
    where, own = ask.thread or ask.channel, bool((message.get("author") or {}).get("bot"))
    standing = await desk.incident_at("discord", ask.channel, target(ask)) if own else None
    if menu.anew and standing is not None:
        if not isinstance(refused := await desk.ask(menu.verb, {}, ask.account), Form):
            return refused
        return Private(Note(((Span(f"That is #{standing} already."),),)))
    quote = _quote(ask, message)
    values: dict[str, Any] = {"text": (as_incident if menu.anew else as_note)(quote)}
    if not menu.anew:
        incident = standing or await desk.incident_at("discord", ask.channel, where)
        if incident is not None:
            values["incident"] = incident
    return await desk.ask(menu.verb, values, ask.account)


def _message(ask: Ask) -> Mapping[str, Any]:
    found = (ask.data.get("resolved") or {}).get("messages") or {}
    message: Mapping[str, Any] = found.get(target(ask)) or {}
    return message


def _quote(ask: Ask, message: Mapping[str, Any]) -> Quote:
    where, number = ask.thread or ask.channel, target(ask)
    author = message.get("author") or {}
    name = author.get("global_name") or author.get("username") or ""
    link = f"https://discord.com/channels/{ask.account.workspace or '@me'}/{where}/{number}"
    at = int(born_s(number) * 1000) if number.isdecimal() else 0
    return Quote(str(name), _words(message), ask.place, link, at)


def _words(message: Mapping[str, Any]) -> str:
    """The words, of a message without any those of its embeds and components; files by name."""
    names = {str(u.get("id")): _name(u) for u in message.get("mentions") or ()}
    said = str(message.get("content") or "") or "\n".join(texts_of(message))
    said = _USER.sub(lambda m: f"@{names.get(m[1], 'somebody')}", said)
    said = _QUIET_LINK.sub(r"\1", said)
    said = _OTHER.sub(lambda m: m[0].strip("<>"), said)
    files = [f"[{f.get('filename')}]" for f in message.get("attachments") or ()]
    return "\n".join(filter(None, [said.strip(), " ".join(files)]))


def _name(user: Mapping[str, Any]) -> str:
    return str(user.get("global_name") or user.get("username") or "somebody")
