"""Who hears of it when a monitor does not take what people do here, or can't be looked at."""

from __future__ import annotations

from commands import notices
from commands.context import Ctx
from store import access, monitor_troubles
from store.model import HOUR
from store.monitor_troubles import MonitorTrouble

ABOUT = "monitor"


def trouble(ctx: Ctx, name: str, say: str, error: str) -> None:
    """A monitor does not take what it is told, or can't be looked at: the channels of its source
    hear of it, once an hour at most. ``say`` is what it refused, "" where it does not answer."""
    source = next((s for s in access.sources(ctx.tx) if s.name == name), None)
    if source is None:
        return
    last = monitor_troubles.get(ctx.tx, source.id)
    since = last.since if last is not None and last.over_at is None else ctx.now
    told_at = last.told_at if last is not None else None
    again = told_at is None or ctx.now - told_at >= HOUR
    told_at = ctx.now if again else told_at
    assert told_at is not None
    found = MonitorTrouble(source.id, name, since, told_at, None, say, error[:300])
    monitor_troubles.put(ctx.tx, found)
    if again:
        places = notices.channels_of_source(ctx.definitions, name)
        notices.post(ctx, f"{ABOUT}:{source.id}:{ctx.now}", places)
    else:
        notices.stale(ctx, f"{ABOUT}:{source.id}:{told_at}")


def well(ctx: Ctx, name: str) -> None:
    """A monitor answers again: the card that told of it says so."""
    source = next((s for s in access.sources(ctx.tx) if s.name == name), None)
    last = monitor_troubles.get(ctx.tx, source.id) if source is not None else None
    if source is None or last is None or last.over_at is not None or last.say:
        return
    over = MonitorTrouble(
        last.source_id, name, last.since, last.told_at, ctx.now, last.say, last.error
    )
    monitor_troubles.put(ctx.tx, over)
    notices.stale(ctx, f"{ABOUT}:{source.id}:{last.told_at}")
