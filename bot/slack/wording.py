"""What a person wrote in Slack as plain words: names instead of ids, addresses, emoji as signs."""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

Body = Mapping[str, Any]
NameOf = Callable[[str], Awaitable[str]]

_MARK = re.compile(r"<([^<>\n]+)>")
_EMOJI = re.compile(r":([a-z0-9_+'’-]+):(?::skin-tone-[2-6]:)?")
_PERSON, _CHANNEL, _SPECIAL = "@", "#", "!"
_LONGEST_NAME = 120
# Slack tells the sign of an emoji in a message's blocks; these are for where it does not.
_KNOWN = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "eyes": "👀", "fire": "🔥",
    "white_check_mark": "✅", "heavy_check_mark": "✔", "x": "❌", "warning": "⚠️",
    "rotating_light": "🚨", "tada": "🎉", "pray": "🙏", "joy": "😂", "smile": "😄", "wink": "😉",
    "slightly_smiling_face": "🙂", "thinking_face": "🤔", "heart": "❤️", "rocket": "🚀",
    "ok_hand": "👌", "wave": "👋", "raised_hands": "🙌", "100": "💯", "sweat_smile": "😅",
    "sob": "😭", "cry": "😢", "clap": "👏", "muscle": "💪", "bug": "🐛", "wrench": "🔧",
    "hammer_and_wrench": "🛠️", "hourglass": "⌛", "red_circle": "🔴", "large_green_circle": "🟢",
    "point_up": "☝️", "point_right": "👉", "arrow_right": "➡️", "bulb": "💡", "skull": "💀",
    "facepalm": "🤦", "shrug": "🤷", "zzz": "💤", "coffee": "☕", "grimacing": "😬",
    "disappointed": "😞", "smiley": "😃", "grin": "😁", "laughing": "😆", "sunglasses": "😎",
}  # fmt: skip


async def text_of(event: Body, name_of: NameOf) -> str:
    """The words of a message, on as many lines as it has."""
    text = str(event.get("text") or "") or _shared(event)
    names: dict[str, str] = {}
    for mark in dict.fromkeys(_MARK.findall(text)):
        names[mark] = await _said(mark, name_of)
    text = _MARK.sub(lambda m: names[m[1]], text)
    signs = {**_KNOWN, **dict(_signs(event.get("blocks")))}
    text = _EMOJI.sub(lambda m: signs.get(m[1], m[0]), text)
    return html.unescape(text).strip()


def files_of(event: Body) -> tuple[tuple[str, str], ...]:
    """What came with a message: its name, and Slack's own page of it, which asks who reads it."""
    found = []
    for file in event.get("files") or ():
        if isinstance(file, Mapping) and file.get("mode") != "tombstone":
            name = str(file.get("title") or file.get("name") or "file")[:_LONGEST_NAME]
            found.append((html.unescape(name), str(file.get("permalink") or "")))
    return tuple(found)


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
