"""Shared plumbing of the block checks: problems with a JSON pointer, lengths, text objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..model import JSON

TEXT_MAX = 3000

__all__ = ["Problems"]


class Problems:
    """Collects what is wrong with a payload, each with the pointer Slack would name."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.block_ids: set[str] = set()
        self.markdown_characters = 0

    def add(self, what: str, at: str) -> None:
        """Note one problem."""
        self.found.append(f"{what} [json-pointer:{at}]")

    def keys(self, node: JSON, allowed: Iterable[str], required: Iterable[str], at: str) -> None:
        """Only known properties, and all the required ones."""
        for key in node:
            if key not in allowed and key != "type":
                self.add(f"invalid additional property: {key}", at)
        for key in required:
            if node.get(key) is None:
                self.add(f"missing required field: {key}", at)

    def string(self, value: Any, most: int, at: str, least: int = 1) -> None:
        """A string of ``least`` to ``most`` characters."""
        if not isinstance(value, str):
            self.add("must provide a string", at)
        elif len(value) > most:
            self.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", at)

    def optional_string(self, node: JSON, key: str, most: int, at: str, least: int = 1) -> None:
        """Like ``string`` where the property is there at all."""
        if node.get(key) is not None:
            self.string(node[key], most, f"{at}/{key}", least)

    def flag(self, node: JSON, key: str, at: str) -> None:
        """A boolean where there is one."""
        if node.get(key) is not None and not isinstance(node[key], bool):
            self.add("must provide a boolean", f"{at}/{key}")

    def choice(self, node: JSON, key: str, allowed: Iterable[str], at: str) -> None:
        """One of a few words where there is one."""
        if node.get(key) is not None and node[key] not in set(allowed):
            self.add(f"must be one of {sorted(allowed)}", f"{at}/{key}")

    def url(self, node: JSON, key: str, at: str) -> None:
        """A link of at most 3,000 characters where there is one."""
        value = node.get(key)
        if value is None:
            return
        self.string(value, 3000, f"{at}/{key}")
        if not str(value).startswith(("http://", "https://", "mailto:", "slack://")):
            self.add("must be a valid URL", f"{at}/{key}")

    def items(self, value: Any, least: int, most: int, at: str) -> list[Any]:
        """A list with ``least`` to ``most`` items; anything else counts as empty."""
        if not isinstance(value, list):
            self.add("must provide an array", at)
            return []
        if len(value) > most:
            self.add(f"no more than {most} items allowed", at)
        if len(value) < least:
            self.add(f"no fewer than {least} items allowed", at)
        return value

    def text(self, node: Any, most: int, at: str, plain_only: bool = False) -> None:
        """A text object that is not empty, not too long and of a type allowed here."""
        if not isinstance(node, dict):
            self.add("must provide an object", at)
            return
        kind = node.get("type")
        if kind not in (("plain_text",) if plain_only else ("plain_text", "mrkdwn")):
            self.add(
                "must be plain_text" if plain_only else f"unsupported type: {kind}", f"{at}/type"
            )
        extra = "emoji" if kind == "plain_text" else "verbatim"
        self.keys(node, ("text", extra), ("text",), at)
        self.flag(node, extra, at)
        if node.get("text") is not None:
            self.string(node["text"], min(most, TEXT_MAX), f"{at}/text")

    def optional_text(self, node: JSON, key: str, most: int, at: str) -> None:
        """A plain_text object where there is one."""
        if node.get(key) is not None:
            self.text(node[key], most, f"{at}/{key}", plain_only=True)
