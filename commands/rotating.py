"""The work of sealing everything anew: page by page in the bulk lane, and a proof at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from commands import keys
from commands.context import Ctx
from commands.door import SYSTEM, Door
from store import audit, rotation
from store.rotation import Place, State
from store.writer import Lane

HALF = 1.0
"""Between two pages it rests as long as a page took: others get at least half of the writer."""


async def counted(door: Door) -> dict[int, int]:
    """How many rows each key seals; -1 counts what is no sealed row. Page by page."""
    found: dict[int, int] = {}
    at: Place | None = Place()
    while at is not None:
        here = at
        part, at = await door.reader.read(lambda tx, p=here: rotation.count_page(tx, p))  # type: ignore[misc]
        for number, rows in part.items():
            found[number] = found.get(number, 0) + rows
    return found


async def work(
    door: Door, me: str, told: Callable[[State], Any] = lambda _: None, *, rest: float = HALF
) -> State | None:
    """Go on with what is wanted until it is proven; None where there is nothing to do now."""
    state = await door.system(lambda ctx: keys.advance(ctx, me), lane=Lane.BULK)
    while state is not None:
        total = state.total or await door.reader.read(rotation.total)
        state = await _walk(door, me, total, told, rest)
        if state is None or (state := await _proven(door, state)).ended is not None:
            return state
        await asyncio.sleep(rest)
    return None


async def _walk(
    door: Door, me: str, total: int, told: Callable[[State], Any], rest: float
) -> State | None:
    while True:
        began = time.monotonic()
        state = await door.system(lambda ctx: keys.page(ctx, me, total), lane=Lane.BULK)
        if state is None or state.table == rotation.WORDS:
            return state
        told(state)
        await asyncio.sleep((time.monotonic() - began) * rest)


async def _proven(door: Door, state: State) -> State:
    """Ended where a count finds nothing that another key seals, else its next round."""
    found = await counted(door)
    left = sum(rows for number, rows in found.items() if number != state.to)

    def finish(ctx: Ctx) -> State:
        if left > state.bad:
            return keys.again(ctx, state)
        detail = {"key": state.to, "rows": state.resealed, "damaged": state.damaged}
        audit.append(ctx.tx, door.writer_name, ctx.now, SYSTEM, "keys.rotated", "ok", None, detail)
        return keys.end(ctx, state)

    return await door.system(finish, lane=Lane.BULK)
