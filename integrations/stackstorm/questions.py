"""StackStorm's inquiries: what a workflow asks people, from whom, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.base import RemoteInquiry
from integrations.stackstorm import schema
from integrations.stackstorm.shapes import fields, identity, part, text
from store.model import Instant

_MINUTE = 60_000
_LONGEST = 10 * 366 * 24 * 60
"""A time in minutes that is no time limit any more."""


def inquiry(found: Any, parent: str, asked_at: Instant | None) -> RemoteInquiry:
    """One question."""
    found = fields(found)
    asked = part(found, "schema")
    properties = part(asked, "properties")
    ttl = found.get("ttl")
    timed = isinstance(ttl, int) and not isinstance(ttl, bool) and 0 < ttl < _LONGEST
    expires = asked_at + ttl * _MINUTE if asked_at and timed else None
    return RemoteInquiry(
        id=identity(found.get("id")),
        parent=parent,
        route=text(found.get("route")),
        text=_asks(asked, properties),
        params=schema.params(properties, needed=asked.get("required")),
        schema=asked,
        users=_words(found.get("users")),
        roles=_words(found.get("roles")),
        asked_at=asked_at,
        expires_at=expires,
    )


def _asks(asked: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """What is asked, in words: what the schema says of itself, or its only field."""
    title = text(asked.get("description")) or text(asked.get("title"))
    if title and title != "response_data":
        return title
    said = [text(of.get("description")) for of in properties.values() if isinstance(of, dict)]
    return said[0] if len(properties) == 1 and said else ""


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, Iterable) else ()
