"""What a person wrote in Slack as plain words: names instead of ids, addresses, emoji as signs."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from bot.slack.signs import sign

Body = Mapping[str, Any]
NameOf = Callable[[str], Awaitable[str]]

_MARK = re.compile(r"<([^<>\n]+)>")
_EMOJI = re.compile(r":([a-z0-9_+'’-]+):(?::skin-tone-[2-6]:)?")
_PERSON, _CHANNEL, _SPECIAL = "@", "#", "!"
_LONGEST_NAME = 120


async def text_of(event: Body, name_of: NameOf) -> str:
    """The words of a message, on as many lines as it has."""
    text = str(event.get("text") or "") or _shared(event)
    names: dict[str, str] = {}
    for mark in dict.fromkeys(_MARK.findall(text)):
        names[mark] = await _said(mark, name_of)
    text = _MARK.sub(lambda m: names[m[1]], text)
    told = dict(_signs(event.get("blocks")))
    text = _EMOJI.sub(lambda m: told.get(m[1]) or _sign(m), text)
    return html.unescape(text).strip()


def files_of(event: Body) -> tuple[tuple[str, str], ...]:
    """What came with a message: its name, and Slack's own page of it, which asks who reads it."""
    found = []
    for file in event.get("files") or ():
        if isinstance(file, Mapping) and file.get("mode") != "tombstone":
            name = str(file.get("title") or file.get("name") or "file")[:_LONGEST_NAME]
            found.append((html.unescape(name), str(file.get("permalink") or "")))
    return tuple(found)


def _sign(found: re.Match[str]) -> str:
    """What stands for an emoji's name; 10:30:45 and a::b:c hold none."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return found[0] if before.isalnum() or after.isalnum() else sign(found[1]) or found[0]


async def _said(mark: str, name_of: NameOf) -> str:
    """What stands for ``<…>``; still with Slack's three escapes."""
    what, _, label = mark.partition("|")
    if what.startswith(_PERSON):
        return f"@{label.lstrip('@') or html.escape(await name_of(what[1:]), quote=False)}"
    if what.startswith(_CHANNEL):
        return f"#{label or what[1:]}"
    if what.startswith(_SPECIAL):
        return _special(what[1:], label)
    address = what.removeprefix("mailto:").removeprefix("tel:")
    bare = address.partition("://")[2] or address
    plain = not label or label.rstrip("/") in (address.rstrip("/"), bare.rstrip("/"))
    return address if plain else f"{label} ({address})"


def _special(what: str, label: str) -> str:
    kind = what.partition("^")[0]
    if kind == "date":
        return label or "then"
    if kind == "subteam":
        return f"@{label.lstrip('@') or 'group'}"
    return f"@{kind}"


def _signs(part: Any) -> Iterator[tuple[str, str]]:
    """Name and sign of every emoji in a message's blocks."""
    if isinstance(part, Mapping):
        name, points = part.get("name"), part.get("unicode")
        if part.get("type") == "emoji" and isinstance(name, str) and isinstance(points, str):
            with suppress(ValueError, OverflowError):
                yield name, "".join(chr(int(point, 16)) for point in points.split("-"))
        for inner in part.values():
            if isinstance(inner, (list, Mapping)):
                yield from _signs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _signs(inner)


def _shared(event: Body) -> str:
    """The words of a message that was passed on without any of one's own."""
    parts = (a for a in event.get("attachments") or () if isinstance(a, Mapping))
    found = (str(a.get("text") or a.get("fallback") or "") for a in parts)
    return "\n".join(filter(None, found))
