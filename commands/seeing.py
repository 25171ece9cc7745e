"""What the door asks of every command: that whoever acts sees the incidents it names, and that no
answer tells them of others or of what is sensitive."""

from __future__ import annotations

import dataclasses
from typing import Any

from commands.context import Ctx, Done
from commands.errors import NotFound
from commands.registry import Verb
from store import incidents

INCIDENT = "incident"


def no_such(number: int) -> NotFound:
    """What is said of a number that is no incident, or none that the reader sees."""
    return NotFound(f"There is no incident #{number}.")


def check(ctx: Ctx, verb: Verb, args: Any) -> None:
    """NotFound where a command names an incident that is not there for whoever acts."""
    named = [getattr(args, f.name) for f in verb.fields if f.kind == INCIDENT]
    numbers = [n for n in named if isinstance(n, int)]
    unseen = ctx.sight.unseen(ctx.tx) if numbers else frozenset()
    for number in numbers:
        if number in unseen:
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
