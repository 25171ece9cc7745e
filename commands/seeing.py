"""What the door asks of every command: that whoever acts sees the incidents it names, and that no
answer tells them of others or of what is sensitive."""

from __future__ import annotations

import dataclasses
from typing import Any

from commands.context import Ctx, Done
from commands.errors import NotFound
from commands.registry import Verb
from commands.sight import Sight
from store import incidents
from store.db import Reader, Tx

INCIDENT = "incident"


def no_such(number: int) -> NotFound:
    """What is said of a number that is no incident, or none that the reader sees."""
    return NotFound(f"There is no incident #{number}.")


def check(ctx: Ctx, verb: Verb, args: Any) -> None:
    """NotFound where a command names an incident that is not there for whoever acts."""
    if numbers := _named(verb, args):
        _there(ctx.seen, numbers)


async def asked(reader: Reader, sight: Sight, verb: Verb, args: Any) -> None:
    """The same for a query, before it is run."""
    if numbers := _named(verb, args):
        await sight.read(reader, lambda tx: _there(tx, numbers))


def _named(verb: Verb, args: Any) -> list[int]:
    """The numbers of incidents among arguments."""
    named = [getattr(args, f.name) for f in verb.fields if f.kind == INCIDENT]
    return [n for n in named if isinstance(n, int) and n]


def _there(tx: Tx, numbers: list[int]) -> None:
    for number in numbers:
        if not incidents.exists(tx, number):
            raise no_such(number)


def told(ctx: Ctx, incident_id: int | None, done: Done) -> Done:
    """An answer as whoever acts may read it."""
    sight = ctx.sight
    unseen = sight.unseen(ctx.tx)
    if unseen:
        seen = tuple(each for each in done.changed if each[0] not in unseen)
        done = dataclasses.replace(done, changed=seen)
    if not sight.sensitive or incident_id is None:
        return done
    found = incidents.get(ctx.tx, incident_id)
    if found is None or sight.clear(found.team):
        return done
    return dataclasses.replace(done, say=sight.words(done.say, found.labels, found.team))
