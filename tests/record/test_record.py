"""The record holds every change with before and after, who and from where, and can be asked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from commands.errors import Denied, Invalid
from commands.told import Told
from store import audit
from store.audit import Entry, Sought
from store.model import DAY, MINUTE
from store.tables import AUDIT
from tests.support.world import World, alert


async def rows(world: World, sought: Sought = Sought()) -> list[Entry]:  # noqa: B008
    """What is on record, newest first."""
    pages = await world.app.reader.read(lambda tx: list(audit.search(tx, sought)))
    return [entry for page in pages for entry in page.entries]


async def asks(world: World, who: str, what: str, **more: Any) -> Told:
    """What the record answers."""
    found: Told = await world.door.ask("record", {"what": what, **more}, world.actor(who))
    return found


async def test_a_change_is_on_record_with_what_was_before_and_after(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "assign", incident, who="omar")
    newest = (await rows(world, Sought(verb="assign")))[0]
    changed = newest.detail["changes"][f"incident {incident}"]
    assert changed["assignee"] == [None, "omar"]
    assert "title" not in changed and "rev" not in changed


async def test_a_definition_is_on_record_field_by_field(world: World) -> None:
    text = "members: [ana]\noncall: ana"
    await world.does("ana", "edit", kind="team", name="net", text=text)
    await world.does("ana", "edit", kind="team", name="net", text=text.replace("[ana]", "[omar]"))
    newest, first = await rows(world, Sought(verb="edit"))
    assert newest.detail["changes"]["team net"]["members"] == [["ana"], ["omar"]]
    assert first.detail["changes"]["team net"]["oncall"] == [None, "ana"]


async def test_a_silence_is_on_record_when_it_begins_and_when_it_ends(world: World) -> None:
    given: dict[str, Any] = {
        "what": "host=db-1",
        "until": "1h",
        "text": "disks",
        "no_preview": True,
    }
    await world.does("ana", "silence", **given)
    (made,) = await rows(world, Sought(verb="silence"))
    (noun,) = made.detail["changes"]
    assert noun.startswith("silence ") and made.detail["changes"][noun]["state"] == [None, "on"]
    await world.does("ana", "silence-end", silence=int(noun.split()[1]))
    (ended,) = await rows(world, Sought(verb="silence-end"))
    assert "ended_at" in ended.detail["changes"][noun]


async def test_what_the_machine_does_by_itself_is_on_record_with_its_reason(world: World) -> None:
    incident = await world.fires()
    await world.advance(minutes=20)
    steps = await rows(world, Sought(verb="machine"))
    did = {kind for entry in steps for kind in entry.detail["did"]}
    assert "page" in did
    assert all(entry.incidents == (incident,) for entry in steps)
    assert any(line.get("why") for entry in steps for line in entry.detail["lines"])


async def test_one_commit_of_the_machine_is_one_row(world: World) -> None:
    for n in range(5):
        await world.hears(alert(f"k{n}", labels={"service": f"s{n}", "team": "db"}))
    before = await rows(world)
    await world.advance(minutes=30)
    seen = [(e.at, e.verb) for e in (await rows(world))[: -len(before)]]
    assert seen.count(seen[0]) == 1


async def test_whose_row_is_missing_has_changed_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await world.fires()

    def broken(*_: object) -> int:
        raise RuntimeError("no room for a row")

    monkeypatch.setattr("commands.door.audit.append", broken)
    with pytest.raises(RuntimeError):
        await world.does("ana", "ack", incident)
    monkeypatch.undo()
    assert (await world.incident(incident)).holder is None
    assert not await rows(world, Sought(verb="ack"))


# asked


async def test_the_record_is_asked_by_who_what_outcome_and_time(world: World) -> None:
    incident = await world.fires()
    await world.does("ana", "ack", incident, surface="discord")
    with pytest.raises(Denied):
        await world.does("mei", "resolve", incident)
    world.clock.at += 3 * DAY
    told = await asks(world, "ana", f"ana ack #{incident} discord since=7d")
    assert len(told.facts["rows"]) == 1
    assert f"Ana Petrova ack #{incident}, from Discord" in told.lines[0]
    assert "status triggered → acknowledged" in told.lines[0]
    denied = await asks(world, "ana", "denied")
    assert [r["actor"] for r in denied.facts["rows"]] == ["person:mei"]
    assert (await asks(world, "ana", "ack since=1d")).lines == ("Nothing like that is on record.",)
    assert len((await asks(world, "ana", 'words="petrova ack"')).facts["rows"]) >= 1
    with pytest.raises(Invalid):
        await asks(world, "ana", "incident=abc")
    with pytest.raises(Invalid):
        await asks(world, "ana", "since=whenever")


async def test_a_line_of_the_record_says_what_was_done(world: World) -> None:
    await world.does("ana", "token-create", name="ci", role="viewer")
    told = await world.asks("ana", "record", what="verb=token-create")
    (line,) = told.lines
    assert "Ana Petrova token-create" in line and "Token ci has the role viewer" in line


async def test_who_looks_into_the_record_is_on_record(world: World) -> None:
    await asks(world, "ana", "denied")
    (looked,) = await rows(world, Sought(verb="record"))
    assert looked.actor == "person:ana"
    with pytest.raises(Denied):
        await asks(world, "omar", "")
    assert (await rows(world, Sought(verb="record")))[0].outcome == "denied"


async def test_an_incident_finds_its_intake_and_what_the_machine_did_too(world: World) -> None:
    incident = await world.fires()
    await world.fires("other", labels={"service": "other"})
    await world.advance(minutes=6)
    verbs = {e.verb for e in await rows(world, Sought(incident=incident))}
    assert verbs == {"intake", "machine"}
    assert not await rows(world, Sought(incident=999))


async def test_pages_of_an_answer_meet_without_a_gap(world: World) -> None:
    for n in range(7):
        await world.fires(f"k{n}", labels={"service": f"s{n}"})
    first = await asks(world, "ana", "intake", limit=4)
    second = await asks(world, "ana", "intake", limit=4, after=first.facts["after"])
    seqs = [r["seq"] for r in (*first.facts["rows"], *second.facts["rows"])]
    assert len(set(seqs)) == len(seqs) == 7 and second.facts["after"] is None


async def test_the_record_verifies_after_a_whole_night(world: World) -> None:
    incident = await world.fires()
    await world.advance(minutes=15)
    await world.does("ana", "ack", incident)
    await world.advance(minutes=5)
    world.clock.at += MINUTE
    report = await world.app.reader.read(audit.examine)
    assert report.flaws == [] and report.rows > 3


async def test_no_row_is_without_its_words(world: World) -> None:
    await world.fires()
    await world.advance(minutes=15)
    kept = await world.app.reader.read(
        lambda tx: tx.conn.execute(select(AUDIT.c.sealed, AUDIT.c.salt)).all()
    )
    assert all(r.sealed and r.salt is None for r in kept)
