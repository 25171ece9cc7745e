"""Checks rich_text: nothing in it is parsed by Slack, so its structure has to be right."""

from __future__ import annotations

import re
from typing import Any

from ..model import JSON
from .walk import Problems

CONTAINERS = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
STYLES = {
    "bold",
    "italic",
    "strike",
    "code",
    "underline",
    "highlight",
    "client_highlight",
    "unlink",
}
INLINE: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ("style",)),
    "link": (("url",), ("text", "unsafe", "style")),
    "user": (("user_id",), ("style",)),
    "usergroup": (("usergroup_id",), ("style",)),
    "team": (("team_id",), ("style",)),
    "channel": (("channel_id",), ("style",)),
    "broadcast": (("range",), ("style",)),
    "emoji": (("name",), ("unicode", "skin_tone", "style", "url", "display_url")),
    "date": (("timestamp", "format"), ("url", "fallback", "style")),
    "color": (("value",), ("style",)),
}

__all__ = ["check_rich_text"]


def check_rich_text(block: JSON, at: str, problems: Problems) -> None:
    """A rich_text block: containers, then their inline elements."""
    for i, node in enumerate(problems.items(block.get("elements"), 1, 1000, f"{at}/elements")):
        container(node, f"{at}/elements/{i}", problems)


def container(node: Any, at: str, problems: Problems) -> None:
    """A section, list, quote or preformatted run."""
    if not isinstance(node, dict) or node.get("type") not in CONTAINERS:
        problems.add("unsupported rich_text element", at)
        return
    kind = node["type"]
    listed = kind == "rich_text_list"
    allowed = (
        ("elements", "style", "indent", "offset", "border")
        if listed
        else ("elements", "border", "language")
    )
    problems.keys(node, allowed, ("elements", "style") if listed else ("elements",), at)
    if listed:
        problems.choice(node, "style", ("bullet", "ordered"), at)
    for i, inner in enumerate(
        problems.items(node.get("elements"), 1 if listed else 0, 1000, f"{at}/elements")
    ):
        if listed:
            container(inner, f"{at}/elements/{i}", problems)
        else:
            inline(inner, f"{at}/elements/{i}", problems)


def inline(node: Any, at: str, problems: Problems) -> None:
    """Text, link, user, emoji, date and so on."""
    if not isinstance(node, dict) or node.get("type") not in INLINE:
        problems.add("unsupported rich_text element", at)
        return
    required, optional = INLINE[node["type"]]
    problems.keys(node, required + optional, required, at)
    style = node.get("style")
    if style is not None and not (isinstance(style, dict) and set(style) <= STYLES):
        problems.add("invalid style", f"{at}/style")
    values(node, at, problems)


def values(node: JSON, at: str, problems: Problems) -> None:
    """What stands inside one inline element."""
    kind = node["type"]
    if kind == "text" and node.get("text") is not None:
        problems.string(node["text"], 40_000, f"{at}/text")
    elif kind == "link":
        problems.url(node, "url", at)
        problems.optional_string(node, "text", 40_000, at)
    elif kind == "broadcast":
        problems.choice(node, "range", ("here", "channel", "everyone"), at)
    elif kind == "emoji" and not re.fullmatch(r"[a-z0-9_+'&-]+", str(node.get("name"))):
        problems.add("invalid emoji name", f"{at}/name")
    elif kind == "date":
        if not isinstance(node.get("timestamp"), int):
            problems.add("must provide an integer", f"{at}/timestamp")
        if not re.search(r"\{[a-z_]+\}", str(node.get("format"))):
            problems.add("must hold a date token", f"{at}/format")
    elif kind == "user" and not re.fullmatch(r"[UW][A-Z0-9]+", str(node.get("user_id"))):
        problems.add("invalid user id", f"{at}/user_id")
