"""The record as a streamed file: its rows are read stretch by stretch, and what was taken along is
on record with its filter and count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from bot.record.formats import TYPES, WRITERS, header
from commands import record
from commands.sight import Sight
from store import audit
from store.audit import Cursor, Sought
from store.audit.reading import Stretch
from store.clock import Clock
from store.db import Reader, Tx
from store.model import Actor

VERB = "audit.export"


class Recording(Protocol):
    """The door, as far as an export passes through it."""

    writer_name: str

    @property
    def clock(self) -> Clock:
        """The clock everybody goes by."""
        ...

    @property
    def reader(self) -> Reader:
        """Snapshots."""
        ...

    def sight(self, actor: Actor) -> Sight:
        """What somebody may see."""
        ...

    async def system(self, fn: Callable[[Any], Any]) -> Any:
        """Run a function of the machine's own."""
        ...


async def download(
    request: web.Request,
    door: Recording,
    actor: Actor,
    facts: Mapping[str, Any],
    format_: str,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    """Answer with the file; ``facts`` are what ``record-export`` found."""
    sought, now = record.sought_of(facts), door.clock.now()
    kind, ending = TYPES[format_]
    day = record.day_of(now)
    answer = web.StreamResponse(
        headers={
            **headers,
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="pixelview-record-{day}.{ending}"',
        }
    )
    await answer.prepare(request)
    written, whole = 0, False
    try:
        await answer.write(header(format_).encode())
        after: Cursor | None = None
        while not whole:
            stretch = await _next(door, actor, sought, after)
            await answer.write(WRITERS[format_](stretch.entries).encode())
            written += len(stretch.entries)
            after, whole = stretch.last, stretch.ended
    finally:
        await _ended(door, actor, sought, format_, written, whole=whole)
    await answer.write_eof()
    return answer


async def _next(door: Recording, actor: Actor, sought: Sought, after: Cursor | None) -> Stretch:
    def read(tx: Tx) -> Stretch:
        return next(audit.search(tx, sought, after))

    return await door.sight(actor).read(door.reader, read)


async def _ended(
    door: Recording, actor: Actor, sought: Sought, format_: str, written: int, *, whole: bool
) -> None:
    """How many rows were taken along; also of a download that broke off."""
    detail = {"filter": sought.said(), "format": format_, "count": written}
    outcome = "ok" if whole else "failed"

    def note(ctx: Any) -> None:
        audit.append(ctx.tx, door.writer_name, ctx.now, actor, VERB, outcome, None, detail)

    await door.system(note)
