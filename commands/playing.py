"""Plays one question in the simulation: the alert, the answer, the time that passes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from commands.context import Rulebook
from commands.errors import CommandError
from commands.night import Played, Question
from commands.people import actor_of
from commands.simulate import LONGEST
from commands.simulation import Rows, Simulation, rows_of, simulation
from store.crypto import Ring
from store.db import Tx
from store.model import Definitions, Instant
from store.oncall_tables import CALENDAR_STATES, CALENDARS, CONTACTS
from store.tables import IDENTITIES, MAINTENANCE, ROUND_ROBINS

MOST = 150
"""Instants at which something happens, until it is enough."""

TAKEN_OVER = (
    IDENTITIES, CONTACTS, MAINTENANCE, ROUND_ROBINS, CALENDARS, CALENDAR_STATES,
)  # fmt: skip
"""Tables that decide who can be paged and when: a simulation begins with what they hold."""


def taken_over(tx: Tx) -> tuple[Ring, Rows]:
    """What of a database a simulation begins with, and the ring that opens it."""
    return tx.ring, rows_of(tx, *TAKEN_OVER)


async def played(
    question: Question,
    known: Definitions,
    rules: Rulebook,
    ring: Ring | None = None,
    rows: Rows | None = None,
) -> Played:
    """Play it, in a thread of its own: a long night takes a second of computing."""

    def play() -> Played:
        return asyncio.run(_play(question, known, rules, ring, rows))

    return await asyncio.to_thread(play)


async def _play(
    question: Question,
    known: Definitions,
    rules: Rulebook,
    ring: Ring | None,
    rows: Rows | None,
) -> Played:
    async with simulation(question.at, known, rules, ring=ring, rows=rows) as engine:
        accepted = await engine.hears(question.source, "simulation", question.alert)
        assert accepted.incident_id is not None
        number = accepted.incident_id
        last = question.until or question.at + LONGEST
        if question.ack_at is not None and question.ack_at <= last:
            await engine.until(question.ack_at)
            await _acknowledge(engine, number, question.by)
        await _to_the_end(engine, number, last)
        events = tuple(await engine.events(number))
        incident = await engine.incident(number)
        return Played(question, events, incident, known, engine.now)


async def _to_the_end(engine: Simulation, number: int, last: Instant) -> None:
    """Up to an instant, or until nothing more happens by itself; what comes again and again is
    looked at for some time only."""
    due: Instant | None = None
    for _ in range(MOST):
        due = await engine.next_of(number)
        if due is None or due > last:
            break
        await engine.until(due)
    if due is not None and due > last:
        engine.move(last)


async def _acknowledge(engine: Simulation, number: int, by: str) -> None:
    """Somebody answers; a refusal is told by what goes on."""
    known = engine.door.definitions()
    pages = [e for e in await engine.events(number) if e.kind == "page"]
    handle = by or (pages[0].person if pages else "")
    person = known.people.get(handle)
    if person is None:
        return
    actor = replace(actor_of(person, "slack"), roles=("responder",))
    try:
        await engine.does("ack", {"incident": number}, actor)
    except CommandError:
        return
