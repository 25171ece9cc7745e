"""Reads mrkdwn and blocks the way a client does: who is pinged, what links, what is read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .model import JSON, Message, View

TOKEN = re.compile(r"<([^<>\n]+)>")
DATE = re.compile(r"!date\^-?\d{1,12}\^[^|^]*\{[a-z_]+\}[^|^]*(\^[^|]+)?\|[^|]+")
BARE_URL = re.compile(r"(?<![<|\w])https?://[^\s<>|]+")
NAMED = re.compile(r"(?<![\w@<])@(channel|here|everyone)\b")
FOLD_CHARACTERS = 700
FOLD_BREAKS = 5

__all__ = [
    "attachment_folds",
    "button_labels",
    "links",
    "live_tokens",
    "malformed_dates",
    "mentions",
    "view_text",
    "visible_text",
    "walk",
]


def walk(node: Any) -> Iterator[JSON]:
    """Every object in a tree of blocks, depth first, the outer before the inner."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def mrkdwn(node: Any) -> Iterator[str]:
    """The texts that Slack parses for mentions and links."""
    for item in walk(node):
        if item.get("type") in ("mrkdwn", "markdown") and isinstance(item.get("text"), str):
            yield item["text"]


def tokens(text: str) -> list[str]:
    """Who a mrkdwn text calls: ``U…`` ids, ``!here``, ``!channel``, ``!subteam^…``."""
    found = []
    for inner in TOKEN.findall(text):
        name = inner.split("|")[0]
        if re.fullmatch(r"@[UW][A-Z0-9]+", name):
            found.append(name[1:])
        elif name in ("!here", "!channel", "!everyone", "!group") or name.startswith("!subteam^"):
            found.append(name)
    return found


def rich_calls(node: Any) -> list[str]:
    """Who the rich_text elements of a tree call."""
    found = []
    for item in walk(node):
        kind = item.get("type")
        if kind == "user" and "user_id" in item:
            found.append(str(item["user_id"]))
        elif kind == "usergroup" and "usergroup_id" in item:
            found.append(f"!subteam^{item['usergroup_id']}")
        elif kind == "broadcast" and "range" in item:
            found.append(f"!{item['range']}")
    return found


def mentions(text: str, blocks: list[JSON], parse: str = "none") -> list[str]:
    """Who gets a notification from a new message.

    With blocks the text is only the notification line; attachments notify nobody.
    """
    if blocks:
        called = [t for piece in mrkdwn(blocks) for t in tokens(piece)] + rich_calls(blocks)
    else:
        called = tokens(text) + ([f"!{n}" for n in NAMED.findall(text)] if parse == "full" else [])
    return list(dict.fromkeys(called))


def live_tokens(text: str, blocks: list[JSON], attachments: list[JSON]) -> list[str]:
    """Every mention that is live anywhere in a message, whether it notifies or not."""
    pieces = [text, *mrkdwn(blocks), *mrkdwn(attachments), *legacy_texts(attachments)]
    called = [t for piece in pieces for t in tokens(piece)]
    return list(dict.fromkeys(called + rich_calls(blocks) + rich_calls(attachments)))


def legacy_texts(attachments: list[JSON]) -> list[str]:
    """The texts of old-style attachments, which are parsed as mrkdwn too."""
    names = ("text", "pretext", "title", "footer", "fallback")
    return [a[n] for a in attachments for n in names if isinstance(a.get(n), str)]


def links(text: str, blocks: list[JSON], attachments: list[JSON]) -> list[str]:
    """The http(s) links that could unfurl."""
    found = []
    for piece in [text, *mrkdwn(blocks), *mrkdwn(attachments), *legacy_texts(attachments)]:
        found += [i.split("|")[0] for i in TOKEN.findall(piece) if i.startswith("http")]
        found += BARE_URL.findall(piece)
    found += [str(i["url"]) for i in walk([*blocks, *attachments]) if i.get("type") == "link"]
    return found


def malformed_dates(text: str, node: Any) -> list[str]:
    """``<!date…>`` marks that a client would show raw."""
    pieces = [text, *mrkdwn(node)]
    marks = [i for piece in pieces for i in TOKEN.findall(piece) if i.startswith("!date")]
    return [f"<{mark}>" for mark in marks if not DATE.fullmatch(mark)]


def attachment_folds(attachment: JSON) -> bool:
    """True where the client would hide part of an attachment behind "Show more"."""
    words = blocks_text(attachment.get("blocks", []), {}) or str(attachment.get("text", ""))
    return len(words) >= FOLD_CHARACTERS or words.count("\n") >= FOLD_BREAKS


def plain(text: str, names: Mapping[str, str]) -> str:
    """A mrkdwn text as a person reads it, formatting marks left in."""

    def word(match: re.Match[str]) -> str:
        inner = match.group(1)
        name, _, label = inner.partition("|")
        if name.startswith("@"):
            return "@" + (names.get(name[1:]) or label or name[1:])
        if name.startswith("#"):
            return "#" + (names.get(name[1:]) or label or name[1:])
        if name.startswith("!date"):
            return label
        if name.startswith("!"):
            return label or "@" + name[1:]
        return label or name

    return html.unescape(TOKEN.sub(word, text))


def button_labels(blocks: list[JSON]) -> list[str]:
    """Labels of the buttons in these blocks, in order."""
    return [str(i["text"]["text"]) for i in walk(blocks) if i.get("type") == "button"]


def rich_words(node: JSON, names: Mapping[str, str]) -> str:
    """One inline rich_text element in words."""
    kind = node["type"]
    if kind in ("text", "link"):
        return str(node.get("text") or node.get("url"))
    if kind == "user":
        return "@" + names.get(node["user_id"], node["user_id"])
    if kind == "channel":
        return "#" + names.get(node["channel_id"], node["channel_id"])
    if kind == "broadcast":
        return f"@{node['range']}"
    if kind == "emoji":
        return f":{node['name']}:"
    return str(node.get("fallback") or node.get("value") or node.get("usergroup_id") or "")


def rich_lines(node: JSON, names: Mapping[str, str]) -> str:
    """A rich_text container in words, one line a section."""
    inner = node.get("elements", [])
    if node["type"] in ("rich_text", "rich_text_list"):
        return "\n".join(rich_lines(e, names) for e in inner)
    return "".join(rich_words(e, names) for e in inner)


def element_text(element: JSON, names: Mapping[str, str]) -> str:
    """A control in words."""
    kind = element.get("type")
    if kind in ("plain_text", "mrkdwn"):
        return text_object(element, names)
    if kind == "button":
        return f"[{element['text']['text']}]"
    if kind == "overflow":
        return "[⋯ " + " | ".join(o["text"]["text"] for o in element["options"]) + "]"
    if kind == "image":
        return f"({element.get('alt_text', '')})"
    if "options" in element:
        return "[" + " | ".join(o["text"]["text"] for o in element["options"]) + "]"
    return f"[{kind}]"


def text_object(node: JSON | None, names: Mapping[str, str]) -> str:
    """A text object in words."""
    if not node:
        return ""
    text = str(node.get("text", ""))
    return plain(text, names) if node.get("type") == "mrkdwn" else text


def block_text(block: JSON, names: Mapping[str, str]) -> str:
    """One block in words."""
    kind = block.get("type")
    if kind == "rich_text":
        return rich_lines(block, names)
    if kind == "divider":
        return "———"
    if kind == "markdown":
        return plain(str(block.get("text", "")), names)
    parts = [text_object(block.get("text") or block.get("label"), names)]
    parts += [text_object(f, names) for f in block.get("fields", [])]
    if kind == "image":
        parts.append(
            f"{text_object(block.get('title'), names)} ({block.get('alt_text', '')})".strip()
        )
    inner = [*block.get("elements", [])]
    inner += [block[k] for k in ("accessory", "element") if block.get(k)]
    if inner:
        parts.append(" ".join(element_text(e, names) for e in inner))
    parts.append(text_object(block.get("hint"), names))
    return "\n".join(p for p in parts if p)


def blocks_text(blocks: list[JSON], names: Mapping[str, str]) -> str:
    """Blocks in words, one a line."""
    return "\n".join(t for t in (block_text(b, names) for b in blocks) if t)


def visible_text(message: Message) -> str:
    """What a person reads: blocks where there are any, else the text; then the attachments."""
    names = message.names
    parts = [blocks_text(message.blocks, names) if message.blocks else plain(message.text, names)]
    for attachment in message.attachments:
        parts.append(blocks_text(attachment.get("blocks", []), names))
        parts += [
            plain(str(attachment[k]), names)
            for k in ("pretext", "title", "text", "footer")
            if attachment.get(k)
        ]
    return "\n".join(p for p in parts if p)


def view_text(view: View) -> str:
    """A view in words: title, blocks, the errors under their fields."""
    parts = [view.title, blocks_text(view.blocks, view.names)]
    parts += [f"! {error}" for error in view.errors.values()]
    return "\n".join(p for p in parts if p)
