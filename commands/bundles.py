"""Pages to one contact that go out as one message: which belong together, and that each incident
knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from commands.context import Ctx
from store import outbox, paged, storms
from store.outbox import Row

STORM = "storm"
"""In the content of a page: the storm that its message was about."""
WITH = "with"
"""In the content of a row that is being sent: the other rows of its message, as (row, incident)."""


def gathered(ctx: Ctx, row: Row) -> Row:
    """A claimed page, and with it those that were collected for the same contact and are due. Those
    whose run was stopped meanwhile are gone already."""
    if not row.purpose.startswith(paged.BUNDLED):
        return row
    found = [outbox.claim(ctx.tx, r.id, 0) for r in paged.due_together(ctx.tx, row, ctx.now)]
    there = [r for r in found if r is not None]
    pairs = [(r.id, r.incident_id) for r in there]
    if storm := _storm(ctx, row, there):
        row = replace(row, content={**row.content, STORM: storm})
    marked = any(r.marked for r in found if r is not None)
    purpose = f"{row.purpose}?" if marked and not row.marked else row.purpose
    return replace(row, purpose=purpose, content={**row.content, WITH: pairs})


def _storm(ctx: Ctx, row: Row, others: Sequence[Row]) -> int | None:
    """The storm that a message of several pages is about; each of its pages keeps it, for who
    answers one answers all."""
    found = storms.of_incident(ctx.tx, row.incident_id) if others else None
    if found is None:
        return None
    for each in (row, *others):
        paged.keep(ctx.tx, replace(each, content={**each.content, STORM: found.id}))
    return found.id


def whole(ctx: Ctx, row: Row) -> list[Row]:
    """Every page of a message, the given one first; other rows alone."""
    if WITH not in row.content:
        rows = paged.together(ctx.tx, row)
        return [row, *(r for r in rows if r.id != row.id)]
    alone = {k: v for k, v in row.content.items() if k != WITH}
    found = [paged.get(ctx.tx, row_id) for row_id, _ in row.content[WITH]]
    others = [(r, [n for n in row.content[WITH] if n[0] != r.id]) for r in found if r is not None]
    first = (row.id, row.incident_id)
    rest = [replace(r, content={**r.content, WITH: [first, *more]}) for r, more in others]
    return [replace(row, content={**alone, WITH: row.content[WITH]}), *rest]


def others(row: Row) -> int:
    """How many more incidents a page names."""
    return len({incident for _, incident in row.content.get(WITH, ())} - {row.incident_id})


def incidents_of(row: Row) -> list[int]:
    """The incidents that a page being sent is about, its own first."""
    named = (row.incident_id, *(incident for _, incident in row.content.get(WITH, ())))
    return list(dict.fromkeys(named))
