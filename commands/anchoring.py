"""Anchors of the record go to places outside the database, so that it shows when the database is
cut short or put back: a channel, a file."""

from __future__ import annotations

from dataclasses import dataclass

from commands import notices
from commands.context import Ctx
from store import audit, errands, upkeep
from store.db import Tx
from store.model import Instant

ABOUT, FILE = "anchor", "file:"
_POSTED = "audit.posted"


@dataclass(frozen=True, slots=True)
class Anchor:
    """An anchor as it is posted: its number, its MAC, and how many rows it speaks for."""

    seq: int
    at: Instant
    mac: str
    rows: int


def minute(ctx: Ctx) -> None:
    """Every minute: post the newest anchor where the last one was posted long enough ago."""
    rules = ctx.rules.record
    if not rules.places:
        return
    at, _, seq = (upkeep.meta(ctx.tx, _POSTED) or "0:0").partition(":")
    last = audit.last_anchor(ctx.tx)
    if last is None or last.seq <= int(seq) or ctx.now < int(at) + rules.every:
        return
    upkeep.set_meta(ctx.tx, _POSTED, f"{ctx.now}:{last.seq}")
    about = f"{ABOUT}:{last.seq}"
    notices.post(ctx, about, [p for p in rules.places if not p.startswith(FILE)])
    for place in rules.places:
        if place.startswith(FILE):
            errands.ask(ctx.tx, ctx.now, about, place, {})
    ctx.did(ABOUT, f"Anchor {last.seq} goes to {', '.join(rules.places)}.")


def read(tx: Tx, name: str) -> Anchor | None:
    """An anchor by its number."""
    found = audit.anchor_at(tx, int(name)) if name.isdecimal() else None
    if found is None:
        return None
    seq, at, mac, heads = found
    return Anchor(seq, at, mac.hex(), sum(number for number, _ in heads.values()))
