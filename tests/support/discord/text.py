"""What a person reads: a message, its formatting and its components turned into plain words."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tests.support.discord.check_components import BUTTON, SELECTS, TEXT, walk
from tests.support.discord.model import COMPONENTS_V2, JSON, Message
from tests.support.discord.state import State

TIMESTAMP = re.compile(r"<t:(-?\d+)(?::([tTdDfFR]))?>")
LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])+)\]\(<?(https?://[^\s)>]+)>?\)")
NAMED = re.compile(r"<(@!?|@&|#)(\d+)>")
ESCAPED = re.compile(r"\\([^\sA-Za-z0-9])")
MARKS = re.compile(r"(?<!\\)(\*\*\*|\*\*|\*|__|~~|\|\||```|`)")
LINE_START = re.compile(r"^(-# |#{1,3} |> |>>> )", re.MULTILINE)
FORMATS = {"t": "%H:%M", "T": "%H:%M:%S", "d": "%d/%m/%Y", "D": "%-d %B %Y"}
UNITS = (
    (31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3600, "hour"),
    (60, "minute"), (1, "second"), (0, "second"),
)  # fmt: skip


def relative(seconds: float) -> str:
    """A distance in time as Discord shows `<t:…:R>`, e.g. `in 5 minutes`."""
    size = abs(round(seconds))
    unit, name = next(u for u in UNITS if size >= u[0])
    count = size // unit if unit else 0
    article = "an" if name == "hour" else "a"
    words = f"{article} {name}" if count == 1 else f"{count} {name}s"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def when(at: int, style: str | None, now: float) -> str:
    """One timestamp as a reader in UTC sees it."""
    if style == "R":
        return relative(at - now)
    moment = datetime.fromtimestamp(at, UTC)
    if style in FORMATS:
        return moment.strftime(FORMATS[style])
    long = moment.strftime("%-d %B %Y %H:%M")
    return moment.strftime("%A, ") + long if style == "F" else long


def name_of(state: State, kind: str, number: int) -> str:
    """`@Ana`, `@oncall` or `#ops` for an id, as the client shows it."""
    if kind == "#":
        channel = state.channels.get(number)
        return f"#{channel.name}" if channel else "#unknown"
    if kind == "@&":
        role = state.roles.get(number)
        return f"@{role.name}" if role else "@unknown-role"
    user = state.users.get(number)
    return f"@{user.name}" if user else "@unknown-user"


def with_names(state: State, text: str) -> str:
    """The text with ids of people, roles and channels replaced by their names."""
    return NAMED.sub(lambda m: name_of(state, m[1], int(m[2])), text)


def plain(state: State, text: str) -> str:
    """Markdown as the words that are left on the screen."""
    text = TIMESTAMP.sub(lambda m: when(int(m[1]), m[2], state.clock()), text)
    text = LINK.sub(lambda m: m[1], with_names(state, text))
    text = MARKS.sub("", LINE_START.sub("", text))
    return ESCAPED.sub(lambda m: m[1], text)


def embed_texts(embed: JSON) -> list[str]:
    """The texts of an embed from top to bottom."""
    fields = [t for f in embed.get("fields") or [] for t in (f["name"], f["value"])]
    author, footer = embed.get("author") or {}, embed.get("footer") or {}
    said = [author.get("name"), embed.get("title"), embed.get("description")]
    return [t for t in (*said, *fields, footer.get("text")) if t]


def visible_text(state: State, message: Message) -> str:
    """The words of a message in the order people read them, without buttons and menus."""
    texts = [message.content]
    texts += [t for embed in message.embeds for t in embed_texts(embed)]
    texts += [c["content"] for c in walk(message.components) if c.get("type") == TEXT]
    return "\n".join(plain(state, t) for t in texts if t)


def push_text(state: State, content: str, embeds: list[JSON], flags: int) -> str:
    """The lock-screen line: the plain content; Components V2 give an empty one."""
    if flags & COMPONENTS_V2:
        return ""
    if content:
        return with_names(state, content)
    said = [t for embed in embeds for t in embed_texts(embed)]
    return with_names(state, said[0]) if said else ""


def buttons(message: Message) -> list[str]:
    """The labels of the buttons, in order; disabled ones in parentheses."""
    found = [c for c in walk(message.components) if c.get("type") == BUTTON]
    labels = [(c.get("label") or (c.get("emoji") or {}).get("name", ""), c) for c in found]
    return [f"({label})" if c.get("disabled") else label for label, c in labels]


def options(message: Message) -> list[str]:
    """The labels of all options in the message's select menus."""
    found = [c for c in walk(message.components) if c.get("type") in SELECTS]
    return [o["label"] for c in found for o in c.get("options") or []]
