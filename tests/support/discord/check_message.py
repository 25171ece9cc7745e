"""The rules for a message as a whole: text, embeds, flags, nonce and allowed mentions, and the
one-way street from a plain message to Components V2."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from tests.support.discord.check_components import ComponentCheck
from tests.support.discord.errors import ApiError, Problems
from tests.support.discord.model import (
    COMPONENTS_V2,
    EPHEMERAL,
    JSON,
    SILENT,
    SUPPRESS_EMBEDS,
    Message,
)

CREATE_FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2
EDIT_FLAGS = SUPPRESS_EMBEDS | COMPONENTS_V2
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
EMBED_TEXTS = {"title": 256, "description": 4096}
MOST_EMBEDDED = 6000
SNOWFLAKE = 15


def check_create(body: JSON, files: set[str], *, ephemeral_ok: bool) -> None:
    """Raises what Discord would say to this new message; bodies are JSON after multipart."""
    problems = Problems()
    flags = _flags(problems, body, CREATE_FLAGS | (EPHEMERAL if ephemeral_ok else 0))
    v2 = bool(flags & COMPONENTS_V2)
    _nonce(problems, body)
    _parts(problems, body, files, v2)
    if v2:
        for name in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(name):
                _legacy(problems, name)
    problems.raise_any()
    if v2 and not body.get("components"):
        raise ApiError(50006)
    said = ("content", "embeds", "components", "poll", "sticker_ids")
    if not v2 and not files and not any(body.get(name) for name in said):
        raise ApiError(50006)


def check_edit(message: Message, body: JSON, files: set[str]) -> None:
    """Raises what Discord would say to this edit of `message`."""
    problems = Problems()
    flags = _flags(problems, body, EDIT_FLAGS | (message.flags & ~COMPONENTS_V2))
    was, becomes = message.is_v2, message.is_v2 or bool(flags & COMPONENTS_V2)
    if was and body.get("flags") is not None and not flags & COMPONENTS_V2:
        words = "IS_COMPONENTS_V2 cannot be removed from a message."
        problems.add("flags", "MESSAGE_FLAGS_V2_CANNOT_BE_UNSET", words)
    _parts(problems, body, files | {a.filename for a in message.attachments}, becomes)
    if becomes:
        for name, stands in (("content", message.content), ("embeds", message.embeds)):
            if body.get(name) or (stands and name not in body):
                _legacy(problems, name)
        if not was and not body.get("components") and message.components:
            ComponentCheck(problems, True).message(message.components)
    problems.raise_any()
    left = {
        "content": body.get("content", message.content),
        "embeds": body.get("embeds", message.embeds),
        "components": body.get("components", message.components),
        "attachments": body.get("attachments", message.attachments) or files,
    }
    if not any(left.values()):
        raise ApiError(50006)


def check_attachments(about: Any, numbers: set[str]) -> None:
    """What is said of files: each is one that comes with the request, or that stands already."""
    problems = Problems()
    for i, one in enumerate(about or []):
        number = str(one.get("id"))
        if number not in numbers and len(number) < SNOWFLAKE:
            words = "File uploads must have an attachment of the same id."
            problems.add(f"attachments.{i}.id", "ATTACHMENT_ID_INVALID", words)
        if one.get("description") is not None:
            problems.length(f"attachments.{i}.description", one["description"], 0, 1024)
    problems.raise_any()


def _legacy(problems: Problems, name: str) -> None:
    words = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
    problems.add(name, LEGACY, words)


def _flags(problems: Problems, body: JSON, allowed: int) -> int:
    flags = body.get("flags") or 0
    if not isinstance(flags, int):
        problems.number("flags", flags, 0, 1 << 30)
        return 0
    if flags & ~allowed:
        words = f"Flags {flags & ~allowed} can't be set here."
        problems.add("flags", "MESSAGE_FLAGS_INVALID", words)
    return flags


def _nonce(problems: Problems, body: JSON) -> None:
    nonce = body.get("nonce")
    if isinstance(nonce, str):
        problems.length("nonce", nonce, 0, 25)
    elif nonce is not None and not isinstance(nonce, int):
        problems.add("nonce", "NONCE_TYPE_BAD", "Must be a string or an integer.")
    if body.get("enforce_nonce") and not nonce:
        problems.add("nonce", "BASE_TYPE_REQUIRED", "enforce_nonce needs a nonce.")


def _parts(problems: Problems, body: JSON, files: set[str], v2: bool) -> None:
    if body.get("content") is not None:
        problems.length("content", body["content"], 0, 2000)
    _embeds(problems, body.get("embeds"))
    components = body.get("components")
    if components is not None and not isinstance(components, list):
        problems.add("components", "LIST_TYPE_CONVERT", "Only iterables may be used.")
    elif components:
        ComponentCheck(problems, v2, files).message(components)
    if len(files) > 10 or len(body.get("attachments") or []) > 10:
        words = "Must be 10 or fewer in length."
        problems.add("attachments", "BASE_TYPE_MAX_LENGTH", words)
    _allowed(problems, body.get("allowed_mentions"))


def _allowed(problems: Problems, allowed: Any) -> None:
    if allowed is None:
        return
    if not isinstance(allowed, dict):
        problems.add("allowed_mentions", "DICT_TYPE_CONVERT", "Only dictionaries may be used.")
        return
    parse = allowed.get("parse") or []
    for i, name in enumerate(parse):
        if name not in ("roles", "users", "everyone"):
            problems.choices(f"allowed_mentions.parse.{i}", ("roles", "users", "everyone"))
    for name in ("users", "roles"):
        ids = allowed.get(name) or []
        if len(ids) > 100:
            words = "Must be 100 or fewer in length."
            problems.add(f"allowed_mentions.{name}", "BASE_TYPE_MAX_LENGTH", words)
        for i, one in enumerate(ids):
            if not re.fullmatch(r"\d{1,20}", str(one)):
                words = f'Value "{one}" is not snowflake.'
                problems.add(f"allowed_mentions.{name}.{i}", "NUMBER_TYPE_COERCE", words)
        if ids and name in parse:
            words = f"parse:[{name!r}] and {name}: [ids...] are mutually exclusive."
            problems.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)


def _embeds(problems: Problems, embeds: Any) -> None:
    if embeds is None:
        return
    if not isinstance(embeds, list):
        problems.add("embeds", "LIST_TYPE_CONVERT", "Only iterables may be used.")
        return
    if len(embeds) > 10:
        problems.add("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    total = sum(_embed(problems, f"embeds.{i}", embed) for i, embed in enumerate(embeds))
    if total > MOST_EMBEDDED:
        words = f"Embed size exceeds maximum size of {MOST_EMBEDDED}"
        problems.add("embeds", "MAX_EMBED_SIZE_EXCEEDED", words)


def _embed(problems: Problems, path: str, embed: JSON) -> int:
    """Checks one embed; how many of the 6,000 characters it takes."""
    size = 0
    for name, most in EMBED_TEXTS.items():
        size += _text(problems, f"{path}.{name}", embed.get(name), most)
    footer, author = embed.get("footer") or {}, embed.get("author") or {}
    size += _text(problems, f"{path}.footer.text", footer.get("text"), 2048)
    size += _text(problems, f"{path}.author.name", author.get("name"), 256)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        words = "Must be 25 or fewer in length."
        problems.add(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", words)
    for i, field in enumerate(fields):
        for name, most in (("name", 256), ("value", 1024)):
            at = f"{path}.fields.{i}.{name}"
            if not field.get(name):
                problems.required(at)
            size += _text(problems, at, field.get(name), most)
    if embed.get("color") is not None:
        problems.number(f"{path}.color", embed["color"], 0, 0xFFFFFF)
    for name in ("url", "image.url", "thumbnail.url", "author.url"):
        first, _, second = name.partition(".")
        value = (embed.get(first) or {}).get(second) if second else embed.get(first)
        if value and urlsplit(value).scheme not in ("http", "https", "attachment"):
            words = "Not a well formed URL."
            problems.add(f"{path}.{name}", "URL_TYPE_INVALID_URL", words)
    return size


def _text(problems: Problems, path: str, value: Any, most: int) -> int:
    if value is None:
        return 0
    problems.length(path, value, 0, most)
    return len(str(value))
