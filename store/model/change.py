"""Something that was deployed, released, switched or migrated: it opens nothing by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.model import Link


@dataclass(frozen=True, slots=True)
class Change:
    """What a source said was changed. ``at`` is when, never later than it was heard; ``key`` is
    the source's own, by which the start and the end of one deployment are one change."""

    id: int
    at: int
    source: str
    key: str
    title: str
    description: str = ""
    resource: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """A change that came before an incident. ``why`` says what both are about; "" where they
    have nothing in common but the time. ``more`` counts the others that were as near."""

    change: Change
    why: str = ""
    more: int = 0
