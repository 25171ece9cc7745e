"""The outbox: in turn, within budgets, repeated once when an answer was lost, never silent."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.model import Account, Heard
from bot.outbox import in_turn
from integrations.base import Misconfigured, Permanent, Transient
from store import backlog, definitions, outbox
from store.outbox import SAY, VIEW, Row
from tests.support.world import YAML, World, alert


def row(
    row_id: int, rank: int, *, kind: str = SAY, purpose: str = "note", incident: int = 1
) -> Row:
    """A row of a thread in #ops unless said otherwise."""
    where = "slack:#ops"
    return Row(
        row_id, kind, purpose, incident, where, "pending", rank, 1, None, 0, 0, 0, None, None, None,
        None, {},
    )  # fmt: skip


def test_pages_go_first_then_cards_then_threads() -> None:
    page, card = row(3, 0, purpose="page"), row(2, 20, kind=VIEW, incident=2)
    thread = row(1, 30)
    assert in_turn([thread, card, page]) == [page, card, thread]


def test_of_a_thread_only_the_oldest_is_in_turn() -> None:
    details, note, other = row(1, 30), row(2, 18), row(3, 18, incident=2)
    assert in_turn([note, details, other]) == [details, other]


def test_what_waits_in_front_is_as_urgent_as_what_waits_behind_it() -> None:
    details, mention, card = row(1, 30), row(2, 16), row(3, 20, kind=VIEW, incident=2)
    assert in_turn([card, mention, details]) == [details, card]


async def states(world: World, incident: int) -> dict[str, str]:
    detail = await world.asks("omar", "show", incident=incident)
    return {p.via: p.state for p in detail.pages}


async def test_a_refusal_is_final_and_on_record(world: World) -> None:
    world.pad.refuse["page"] = Permanent("user_disabled")
    incident = await world.fires()
    assert await states(world, incident) == {"slack": "failed", "email": "sent"}
    failed = [e for e in (await world.detail(incident)).timeline if e.kind == "page_failed"]
    assert [e.why for e in failed] == ["user_disabled"]


async def test_a_wrong_setting_is_a_refusal_too(world: World) -> None:
    world.pad.refuse["post"] = Misconfigured("not_in_channel: invite the bot", "slack")
    incident = await world.fires()
    said = [e for e in (await world.detail(incident)).timeline if e.kind == "send_failed"]
    assert [e.why for e in said] == ["not_in_channel: invite the bot"]


async def test_later_is_tried_again_after_the_time_the_platform_named(world: World) -> None:
    world.pad.refuse["post"] = Transient("ratelimited", 30)
    incident = await world.fires()
    assert world.pad.posts == []
    world.pad.refuse.clear()
    await world.advance(seconds=29)
    assert world.pad.posts == []
    await world.advance(seconds=1)
    assert [c.id for _, c in world.pad.posts] == [incident]


async def test_a_page_is_tried_three_times_and_then_counts_as_refused(world: World) -> None:
    world.pad.refuse["page"] = Transient("503")
    incident = await world.fires()
    await world.advance(seconds=20)
    assert (await states(world, incident))["slack"] == "failed"


async def test_a_lost_answer_is_repeated_once_and_marked(world: World) -> None:
    world.pad.refuse["page"] = Transient("reset by peer", 1, uncertain=True)
    incident = await world.fires()
    await world.advance(seconds=10)
    assert (await states(world, incident))["slack"] == "uncertain"
    world.pad.refuse.clear()
    await world.advance(minutes=2)
    assert world.pad.pages == []


async def test_a_copy_says_that_it_may_be_one(world: World) -> None:
    world.pad.refuse["page"] = Transient("reset by peer", 1, uncertain=True)
    incident = await world.fires()
    world.pad.refuse.clear()
    await world.advance(seconds=1)
    said = [e.say for e in (await world.detail(incident)).timeline if e.kind == "page_sent"]
    assert any(s.endswith("It may be a copy.") for s in said), said


async def test_an_edit_may_be_made_twice_without_harm(world: World) -> None:
    incident = await world.fires()
    world.pad.refuse["edit"] = Transient("reset by peer", 1, uncertain=True)
    await world.does("ana", "ack", incident)
    await world.advance(seconds=5)
    world.pad.refuse.clear()
    await world.advance(seconds=60)
    assert world.pad.edits[-1][1].rev == (await world.incident(incident)).rev


async def test_many_changes_become_one_edit_with_the_latest_state(world: World) -> None:
    world.pad.refuse["post"] = Transient("ratelimited", 60)
    incident = await world.fires("a")
    for n in range(20):
        await world.hears(alert(f"b{n}"))
    world.pad.refuse.clear()
    await world.advance(seconds=61)
    assert len(world.pad.posts) == 1
    assert world.pad.edits == []
    assert world.pad.posts[0][1].rev == (await world.incident(incident)).rev


async def test_a_person_who_is_gone_is_not_paged(world: World) -> None:
    world.pad.refuse["page"] = Transient("503", 10)
    incident = await world.fires()
    world.pad.refuse.clear()
    there = world.door.definitions()
    left = replace(there, people={h: p for h, p in there.people.items() if h != "ana"})
    await world.door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "omar", left))
    await world.door.reload()
    await world.advance(seconds=30)
    assert (await states(world, incident))["slack"] == "failed"
    assert "U0ANA" not in [account for account, _ in world.pad.pages]


async def test_without_its_surface_a_card_is_a_dead_letter_that_shows(world: World) -> None:
    world.app.surfaces.pop("slack")
    incident = await world.fires()
    counts = await world.app.reader.read(backlog.counts)
    assert counts.get("failed", 0) >= 1
    assert "send_failed" in await world.history(incident)


@pytest.mark.parametrize("method", ["post", "page", "say"])
async def test_a_fault_of_ours_ends_one_row_and_no_other(world: World, method: str) -> None:
    world.pad.refuse[method] = ZeroDivisionError("oops")
    first = await world.fires("a", labels={"service": "one"})
    world.pad.refuse.clear()
    second = await world.fires("b", labels={"service": "two"})
    assert {c.id for _, c in world.pad.posts} >= {second}
    assert (await world.detail(first)).incident.id == first


async def test_a_new_card_waits_for_the_name_of_whom_it_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.app.ticker, "wake", lambda: None)
    accepted = await world.door.intake(await world.source(), (alert(),))
    await world.app.outbox.pump()
    while not world.app.outbox.idle:
        await asyncio.sleep(0)
    assert world.pad.posts == []
    await world.settle()
    [(_, card)] = world.pad.posts
    line = "".join(s.text for s in card.notification)
    assert card.id == accepted.incident_id
    assert line.endswith("Disk 94 % full on db-3 · paging Ana · next Omar in 5 min")


async def test_words_come_back_to_every_place_but_the_thread_they_were_written_in(
    tmp_path: Path,
) -> None:
    yaml = YAML.replace('channels: ["slack:#ops"]', 'channels: ["slack:#ops", "slack:#db"]')
    world = await World.build(f"sqlite:///{tmp_path}/two.db", tmp_path, yaml)
    try:
        incident = await world.fires()
        places = await world.app.reader.read(lambda tx: outbox.places(tx, incident))
        first, second = (str(p.message) for p in places)
        ana = Account("slack", "T1", "U0ANA", "ana")
        in_thread = Heard("C1", "k0", "words 0", thread=second)
        to_the_bot = Heard("D1", "k1", "words 1", direct=True)
        for heard in (in_thread, to_the_bot):
            await world.app.desk.heard(incident, heard, ana)
        await world.settle()
        said = [(m, t) for m, t in world.pad.said if "words" in t]
        assert [m for m, t in said if "words 0" in t] == [first]
        assert sorted(m for m, t in said if "words 1" in t) == sorted([first, second])
    finally:
        await world.end()


async def test_a_card_that_would_look_the_same_is_not_sent_again(world: World) -> None:
    incident = await world.fires()
    edits = len(world.pad.edits)
    found = await world.incident(incident)
    await world.door.system(lambda ctx: ctx.show(found))
    await world.settle()
    assert len(world.pad.edits) == edits
    await world.does("ana", "ack", incident)
    assert len(world.pad.edits) == edits + 1


async def test_a_place_that_can_not_be_written_to_is_on_record_once(world: World) -> None:
    world.pad.refuse["post"] = Misconfigured("not_in_channel: invite the bot", "slack")
    incident = await world.fires()
    await world.does("ana", "ack", incident)
    await world.does("ana", "unack", incident)
    assert (await world.history(incident)).count("send_failed") == 1
    world.pad.refuse.clear()
    await world.does("ana", "ack", incident)
    assert [c.id for _, c in world.pad.posts] == [incident]
