"""No verb changes anything without exactly one row in the same commit, and none that failed leaves
one; looks into private things have theirs."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from commands import looking
from commands.errors import CommandError
from commands.registry import CATALOG, Verb
from commands.verbs import CATALOG as EVERY
from store.db import Tx
from store.tables import AUDIT, CHANGES, CONFIG_VERSIONS, TIMELINE
from tests.support.world import World

GUESSES = {
    "incident": "1", "incidents": "1", "who": "omar", "person": "omar", "text": "because",
    "words": "because", "when": "2h", "number": "1", "flag": "yes", "word": "db", "duty": "db",
    "filter": "host=db-9", "moment": "1h ago", "noun": "1", "schedule": "db", "range": "sat",
    "list": "a", "view": "critical", "name": "tests", "repeat": "weekly", "which": "1",
}  # fmt: skip
AUDITED = {"record", "record-export", "export", "privacy-copy"}


def _given(verb: Verb, *, all_: bool) -> dict[str, Any]:
    """Arguments that may do something."""
    wanted = [f for f in verb.fields if f.required or (all_ and not f.only_if)]
    return {f.name: f.choices[0][0] if f.choices else GUESSES.get(f.kind, "x") for f in wanted}


def _counted(tx: Tx) -> tuple[int, ...]:
    """Rows of the record, and of what changes leave behind."""
    mine = select(func.count()).select_from(AUDIT).where(AUDIT.c.actor == "person:ana")
    others = (select(func.count()).select_from(t) for t in (TIMELINE, CHANGES, CONFIG_VERSIONS))
    return tuple(int(tx.conn.execute(each).scalar() or 0) for each in (mine, *others))


async def test_a_verb_that_ran_has_one_row_and_one_that_did_not_has_none(world: World) -> None:
    await world.fires()
    ran = []
    for name, verb in sorted(EVERY.items()):
        if verb.query:
            continue
        for all_ in (False, True):
            await world.settle()
            before = await world.app.reader.read(_counted)
            try:
                await world.door.do(name, _given(verb, all_=all_), world.actor("ana"))
            except CommandError:
                assert await world.app.reader.read(_counted) == before, name
                continue
            after = await world.app.reader.read(_counted)
            assert after[0] == before[0] + 1, name
            ran.append(name)
    assert len(set(ran)) >= 30, sorted(set(ran))


async def test_who_looks_at_a_private_incident_is_on_record_once(world: World) -> None:
    incident = await world.fires()
    await world.door.ask("show", {"incident": incident}, world.actor("ana"))
    await world.does("ana", "private", incident)
    before = (await world.app.reader.read(_counted))[0]
    for _ in range(3):
        await world.door.ask("show", {"incident": incident}, world.actor("ana"))
    assert (await world.app.reader.read(_counted))[0] == before + 1
    world.clock.at += looking.AGAIN
    await world.door.ask("show", {"incident": incident}, world.actor("ana"))
    assert (await world.app.reader.read(_counted))[0] == before + 2


@pytest.mark.parametrize("name", sorted(AUDITED))
def test_looking_into_private_things_is_on_record(name: str) -> None:
    assert CATALOG[name].audited


def test_every_command_is_on_record() -> None:
    assert all(verb.audited for verb in CATALOG.values() if not verb.query)
