"""Which saved views somebody sees, and what their words ask for."""

from __future__ import annotations

from collections.abc import Sequence

from commands.context import View
from commands.errors import Invalid, NotFound
from commands.rules import lists
from commands.rules.filters import BadFilter
from commands.rules.lists import Asked
from store import views
from store.db import Tx
from store.model import Actor, Definitions
from store.views import EVERYBODY, TEAM, SavedView


def owners(known: Definitions, actor: Actor) -> tuple[str, ...]:
    """Whose views somebody sees: their own, those of their teams, those of everybody; of views of
    the same name the first counts."""
    mine = sorted(t.name for t in known.teams.values() if actor.id in (*t.members, t.lead))
    return (actor.id, *(f"{TEAM}{name}" for name in mine), EVERYBODY)


def seen(tx: Tx, whose: Sequence[str]) -> list[SavedView]:
    """The views of these owners: by owner, then by name."""
    found = views.of(tx, whose)
    return sorted(found, key=lambda v: whose.index(v.owner))


def named(found: Sequence[SavedView], name: str) -> SavedView | None:
    """The view of that name that counts, whatever its case."""
    low = name.casefold()
    return next((v for v in found if v.name.casefold() == low), None)


def no_such(name: str, found: Sequence[SavedView]) -> str:
    """What to say where there is none of that name."""
    known = " · ".join(dict.fromkeys(v.name for v in found[:12]))
    there = f"There are: {known}." if known else "Save one: view-save payments team=db critical"
    return f"There is no view {name[:60]}. {there}"


async def visible(view: View) -> list[SavedView]:
    """The views that whoever asks sees."""
    whose = owners(view.definitions, view.actor)
    return await view.read(lambda tx: seen(tx, whose))


async def expanded(view: View, name: str, zone: str) -> Asked:
    """What a saved view asks for; Invalid where there is none of that name."""
    found = await visible(view)
    there = named(found, name)
    if there is None:
        raise Invalid(no_such(name, found), "filter")
    return read(there, view.now, zone)


def read(saved: SavedView, now: int, zone: str) -> Asked:
    """What a view asks for now; NotFound where its words can't be read any more."""
    try:
        return lists.read(saved.words, now, zone)
    except BadFilter as error:
        raise NotFound(f"View {saved.name} can't be read: {error}") from None


def whose(saved: SavedView, me: str) -> str:
    """Whose view it is, for people."""
    if saved.owner == me:
        return "yours"
    return f"team {saved.team}" if saved.team else "everybody's"
