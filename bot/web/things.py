"""A resource in one line, as pages draw it."""

from __future__ import annotations

from dataclasses import dataclass

from commands.inventory.rows import Row
from commands.rules import inventory_words as said

MARKS = {"down": "critical", "degraded": "warning", "ok": "resolved", "unknown": "nobody"}


@dataclass(frozen=True, slots=True)
class Line:
    """A resource in a list, as the page draws it."""

    row: Row
    mark: str
    word: str
    about: str


def line(row: Row) -> Line:
    """One of a list."""
    how = "gone" if row.gone else said.SAID.get(row.health, row.health)
    mark = "nobody" if row.gone else MARKS.get(row.health, "nobody")
    about = [said.kind_said(row.kind), row.place, row.size]
    return Line(
        row, mark, "OK" if how == "ok" else how.capitalize(), " · ".join(filter(None, about))
    )
