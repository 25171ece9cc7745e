"""Who relieves whom in a schedule, and when: changes of people, not of turns."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from commands.rules.oncall.precedence import stretches
from store.model import Instant
from store.model.handoff import Relief
from store.model.oncall import Schedule, Stretch


@dataclass(frozen=True, slots=True)
class Outlook:
    """What changes between two instants: ``reliefs`` for people, ``edges`` for what follows the
    schedule, such as a group in chat."""

    reliefs: tuple[Relief, ...] = ()
    edges: tuple[Instant, ...] = ()


def outlook(
    schedule: Schedule,
    held: tuple[str, ...],
    known: Container[str],
    start: Instant,
    end: Instant,
) -> Outlook:
    """What changes from ``start`` to ``end``, where ``held`` were on call before; only people that
    are ``known`` count.

    A time in which nobody is on call by intention changes no hands: who was on call before it and
    is again after it has handed over to nobody. At ``start`` itself somebody relieves somebody
    where others are on call than ``held``.
    """
    reliefs: list[Relief] = []
    edges: list[Instant] = []
    last: tuple[str, ...] | None = None
    for stretch in stretches(schedule, start, end):
        people = on(stretch, known)
        if last is not None and people != last:
            edges.append(stretch.start)
        last = people
        if not stretch.on and stretch.intended is not None:
            continue
        if people != held:
            reliefs.append(Relief(stretch.start, held, people))
            held = people
    return Outlook(tuple(reliefs), tuple(edges))


def on(stretch: Stretch, known: Container[str]) -> tuple[str, ...]:
    """Who is on call in a stretch; people who are not defined are nobody."""
    return tuple(person for person in stretch.people if person in known)
