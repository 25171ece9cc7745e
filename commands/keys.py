"""The keys that seal what is kept: which there are, what each still seals, sealing anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from commands.context import Ctx, Done, View
from commands.errors import Conflict
from commands.oncall import zone_of
from commands.registry import command, query
from commands.told import Told
from commands.words import local
from store import keyring, rotation, upkeep
from store.clock import Instant, iso
from store.db import Tx
from store.keyring import Holder, Known
from store.rotation import State

LEASE, LEASE_LIFE = "keys", 30_000
READ, WRITE = "access.read", "access.write"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No arguments."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the keys."""

    keys: tuple[Known, ...]
    writes: int
    holders: tuple[Holder, ...]
    state: State | None

    @property
    def newest(self) -> int:
        """The number of the key that came last."""
        return next(key.number for key in reversed(self.keys) if key.gone is None)


def standing(tx: Tx, now: Instant) -> Standing:
    """How it stands with the keys now."""
    writes = keyring.writes(tx)
    return Standing(
        tuple(keyring.known(tx)),
        tx.ring.writes if writes is None else writes,
        tuple(keyring.holders(tx, now)),
        rotation.state(tx),
    )


@query("keys", group="admin", permission=READ, args=Nothing, example="keys")
async def keys(view: View, args: Nothing) -> Told:
    """Which keys seal what is kept, since when, and how far sealing anew is."""
    found, zone = await view.read(lambda tx: standing(tx, view.now)), zone_of(view)
    lines = [
        f"Key {key.number}: {_what(found, key)}, here since {local(key.made, zone, view.now)}"
        for key in found.keys
        if key.gone is None
    ]
    return Told((*lines, *progress(found)), facts(found))


def _what(found: Standing, key: Known) -> str:
    if key.number == found.writes:
        return "seals what is written"
    return "new, not in use yet" if key.number == found.newest else "opens what is older"


def progress(found: Standing) -> list[str]:
    """How far sealing anew is, in words; nothing where it was never asked for."""
    state = found.state
    if state is None or (state.ended is not None and state.to != found.newest):
        return [] if found.writes == found.newest else [f"rotate-keys begins to use {found.newest}"]
    if state.ended is not None:
        damaged = f"; {state.bad} rows are damaged and open with no key" if state.bad else ""
        return [f"Everything is sealed by key {state.to}{damaged}"]
    lacking = [h.name for h in found.holders if state.to not in h.has]
    if found.writes != state.to and lacking:
        return [f"Waits until all processes hold key {state.to}; missing at {', '.join(lacking)}"]
    return [f"Sealing anew with key {state.to}: {state.percent} %"]


def facts(found: Standing) -> Mapping[str, Any]:
    """The same for programs."""
    state = found.state
    return {
        "keys": [
            {"id": key.number, "made_at": iso(key.made), "writes": key.number == found.writes}
            for key in found.keys
            if key.gone is None
        ],
        "rotation": None
        if state is None
        else {"to": state.to, "percent": state.percent, "done": state.ended is not None},
    }


@command("rotate-keys", group="admin", permission=WRITE, args=Nothing, example="rotate-keys")
def rotate(ctx: Ctx, args: Nothing) -> Done:
    """Seal everything anew with the newest key, in the background; `keys` says how far it is."""
    found = standing(ctx.tx, ctx.now)
    if len([key for key in found.keys if key.gone is None]) < 2:
        raise Conflict("There is one key only; `pv keys add` on the machine makes another.")
    begin(ctx, found.newest)
    return Done(f"Everything is sealed anew with key {found.newest}; `keys` says how far it is.")


def begin(ctx: Ctx, to: int) -> State:
    """Sealing anew is wanted; processes see it within seconds."""
    return rotation.begin(ctx.tx, to, ctx.now, ctx.actor.id)


# ---- the work, one transaction each ------------------------------------------------------------


def advance(ctx: Ctx, me: str) -> State | None:
    """Go on as the one who does the work: write with the new key once everybody holds it. None
    where nothing is to be done, another process does it, or somebody lacks the key."""
    state = rotation.state(ctx.tx)
    if state is None or state.ended is not None or state.to not in ctx.tx.ring.numbers:
        return None
    if upkeep.take_lease(ctx.tx, LEASE, me, ctx.now, LEASE_LIFE) is None:
        return None
    if keyring.writes(ctx.tx) != state.to:
        try:
            keyring.advance(ctx.tx, state.to, ctx.now)
        except keyring.NotHeld:
            return None
    keyring.follow(ctx.tx, ctx.tx.ring)
    keyring.hold(ctx.tx, me, ctx.tx.ring, ctx.now)
    return state if keyring.all_write(ctx.tx, state.to, ctx.now) else None


def page(ctx: Ctx, me: str, total: int) -> State | None:
    """Seal the next page anew; None where this process is no longer the one who does."""
    if upkeep.take_lease(ctx.tx, LEASE, me, ctx.now, LEASE_LIFE) is None:
        return None
    state = rotation.state(ctx.tx)
    if state is None or state.ended is not None or ctx.tx.ring.writes != state.to:
        return None
    return rotation.page(ctx.tx, replace(state, total=total))


def end(ctx: Ctx, state: State) -> State:
    """Nothing is sealed by another key any more: on record."""
    done = replace(state, ended=ctx.now)
    rotation.save(ctx.tx, done)
    return done


def again(ctx: Ctx, state: State) -> State:
    """Some rows were in somebody's hands: once more."""
    new = rotation.another_round(state)
    rotation.save(ctx.tx, new)
    return new
