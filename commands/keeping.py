"""How long the record is kept: what is too old goes a little at a time, each time with a proof, and
a shorter time is on record for a week before it counts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from commands.context import Ctx
from commands.words import count, duration
from store import audit, upkeep
from store.model import DAY, Instant

if TYPE_CHECKING:
    from commands.door import Door

log = logging.getLogger("pixelview.record")

AT_ONCE, ROUNDS = 1_000, 20
"""So many rows a transaction, so many transactions a minute: two million rows in two hours."""
WAIT = 7 * DAY
_KEPT, _BROKEN = "audit.keep", "audit.keep refused"


async def run(door: Door) -> int:
    """Every minute: remove what is too old; how many rows."""
    gone = 0
    for _ in range(ROUNDS):
        some = await door.system(lambda ctx: minute(ctx, door.writer_name))
        gone += some
        if not some:
            break
    return gone


def minute(ctx: Ctx, writer: str) -> int:
    """Remove the oldest rows of one chain; how many, 0 where nothing is too old."""
    keep = in_force(ctx, writer)
    if keep is None:
        return 0
    try:
        stub = audit.remove(ctx.tx, ctx.now, ctx.now - keep, AT_ONCE)
    except audit.Broken as error:
        _refused(ctx, writer, str(error))
        return 0
    if stub is None:
        return 0
    which = "anchors" if stub.writer == audit.ANCHORS else f"rows of {stub.writer}"
    say = f"{which} {stub.first}–{stub.last} removed by retention, {count(stub.count, 'row')}"
    detail = {
        "of": stub.writer, "first": stub.first, "last": stub.last, "count": stub.count,
        "digest": stub.digest.hex(), "mac": stub.row_mac.hex(), "keep": duration(keep), "say": say,
    }  # fmt: skip
    audit.append(ctx.tx, writer, ctx.now, ctx.actor, "audit.removed", "ok", None, detail)
    return stub.count


def in_force(ctx: Ctx, writer: str) -> Instant | None:
    """For how long rows are kept now. A change is put on record when it is first seen; a shorter
    time counts a week later."""
    wanted = ctx.rules.record.keep
    known = upkeep.meta(ctx.tx, _KEPT)
    if known is None and wanted is None:
        return None
    before, now, since = _read(known)
    if known is None or now != wanted:
        before, since = (now if known else None), ctx.now
        upkeep.set_meta(ctx.tx, _KEPT, f"{before or 0}:{wanted or 0}:{since}")
        changes = {"record": {"keep": [_worded(before), _worded(wanted)]}}
        detail = {"changes": changes, "counts_from": "in a week"} if _is_shorter(
            before, wanted
        ) else {"changes": changes}  # fmt: skip
        audit.append(ctx.tx, writer, ctx.now, ctx.actor, "audit.keep", "ok", None, detail)
    if _is_shorter(before, wanted) and ctx.now < since + WAIT:
        return before
    return wanted


def _read(text: str | None) -> tuple[Instant | None, Instant | None, Instant]:
    before, _, rest = (text or "0:0:0").partition(":")
    now, _, since = rest.partition(":")
    return int(before) or None, int(now) or None, int(since)


def _is_shorter(before: Instant | None, wanted: Instant | None) -> bool:
    return wanted is not None and (before is None or wanted < before)


def _worded(keep: Instant | None) -> str:
    return "for ever" if keep is None else duration(keep)


def _refused(ctx: Ctx, writer: str, where: str) -> None:
    """Rows that were tampered with are kept, whatever their age; said once a day."""
    last = int(upkeep.meta(ctx.tx, _BROKEN) or 0)
    if ctx.now - last < DAY:
        return
    upkeep.set_meta(ctx.tx, _BROKEN, str(ctx.now))
    log.error("the record does not verify at %s, so nothing old is removed: pv audit verify", where)
    detail = {"why": f"The record does not verify at {where}."}
    audit.append(ctx.tx, writer, ctx.now, ctx.actor, "audit.removed", "failed", None, detail)
