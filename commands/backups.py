"""Backups that the service makes by itself: when the last one was, and one at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from commands.context import Ctx, Done, View
from commands.errors import Conflict
from commands.keys import READ, WRITE, Nothing
from commands.oncall import zone_of
from commands.registry import command, query
from commands.told import Told
from commands.words import duration, local
from store import upkeep
from store.clock import HOUR, Instant
from store.db import Tx

LAST, WANTED, EVERY = "backups.last", "backups.wanted", "backups.every"
LEASE, LEASE_LIFE = "backup", 6 * HOUR
AGAIN = HOUR
"""After a failure the next try comes so much later."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last good backup, and the last failure where that came after it."""

    at: Instant | None = None
    path: str = ""
    rows: int = 0
    size: int = 0
    failed_at: Instant | None = None
    error: str = ""


def last(tx: Tx) -> Last:
    """How backups went."""
    kept = upkeep.words(tx, LAST)
    return Last(**kept) if kept else Last()


def keep(ctx: Ctx, new: Last) -> None:
    """Remember how one went."""
    upkeep.set_words(ctx.tx, LAST, asdict(new))


def plan(ctx: Ctx, every: int | None) -> None:
    """The settings of this process: how often, None for never."""
    upkeep.set_meta(ctx.tx, EVERY, str(every or 0))


def due(ctx: Ctx, me: str, every: int) -> bool:
    """Whether this process makes one now."""
    found = last(ctx.tx)
    wanted = int(upkeep.meta(ctx.tx, WANTED) or 0)
    newest = max(found.at or 0, found.failed_at or 0)
    failed = found.failed_at is not None and found.failed_at > (found.at or 0)
    pause = min(AGAIN, every) if failed else every
    if wanted <= newest and ctx.now < newest + pause:
        return False
    return upkeep.take_lease(ctx.tx, LEASE, me, ctx.now, LEASE_LIFE) is not None


def trouble(found: Last, every: int, now: Instant, since: Instant) -> str:
    """What is wrong with the backups, for the Health box; empty when nothing is."""
    if found.failed_at is not None and found.failed_at > (found.at or 0):
        return f"the last one failed: {found.error}"
    if now > max(found.at or 0, since) + 2 * every:
        return f"the last one is {duration(now - found.at)} old" if found.at else "there is none"
    return ""


@query("backups", group="admin", permission=READ, args=Nothing, example="backups")
async def backups(view: View, args: Nothing) -> Told:
    """When the last backup was made, how large it is, and whether it went well."""
    found, every = await view.read(lambda tx: (last(tx), int(upkeep.meta(tx, EVERY) or 0)))
    zone = zone_of(view)
    lines = []
    if found.at is not None:
        when, size = local(found.at, zone, view.now), f"{found.size / 1e6:.1f} MB"
        lines.append(f"Last backup: {when}, {found.rows} rows, {size}, read back and whole")
    if every:
        wrong = trouble(found, every, view.now, view.now)
        lines.append(wrong[:1].upper() + wrong[1:] if wrong else f"One each {duration(every)}")
    else:
        lines.append("None are made by themselves: set backups in pixelview.yaml")
    return Told(tuple(lines), asdict(found))


@command("backup-now", group="admin", permission=WRITE, args=Nothing, example="backup-now")
def backup_now(ctx: Ctx, args: Nothing) -> Done:
    """Make a backup at once, where the settings say that backups go."""
    if not int(upkeep.meta(ctx.tx, EVERY) or 0):
        raise Conflict("Say in pixelview.yaml where backups go: backups: {to: FOLDER}.")
    upkeep.set_meta(ctx.tx, WANTED, str(ctx.now))
    return Done("A backup is made within a minute; `backups` says how it went.")
