"""The outbox: views coalesce, words go in order, nothing is sent twice without saying so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store import backlog, outbox, paged, runs
from store.db import Tx
from store.outbox import Row
from store.tables import OUTBOX
from tests.store.conftest import NOW, Base

PLACE = "slack:#ops"


def card(tx: Tx, number: int = 1, place: str = PLACE, rank: int = 10) -> int:
    """A new card's row; its id."""
    row = outbox.view_row(tx, NOW, number, place, rank)
    tx.insert(OUTBOX, [row])
    return int(row[0])


def note(tx: Tx, text: str, number: int = 1, *, rank: int = 18, **more: Any) -> int:
    """Something to say in a thread."""
    return outbox.say(tx, NOW, "note", number, PLACE, rank, {"text": text}, **more)


async def pending(base: Base, now: int = NOW) -> list[Row]:
    """What is to be sent."""
    return await base.read(lambda tx: outbox.pending(tx, now))


async def claimed(base: Base, row_id: int) -> Row:
    """A row taken for sending."""
    found = await base.do(lambda tx: outbox.claim(tx, row_id, 0))
    assert found is not None
    return found


async def test_a_card_that_is_stale_ten_times_is_one_row(base: Base) -> None:
    first = await base.do(card)
    for _ in range(10):
        await base.do(lambda tx: outbox.stale(tx, NOW, 1, 20))
    (row,) = await pending(base)
    assert (row.id, row.generation) == (first, 11)
    assert base.wake == {"outbox"}


async def test_a_card_that_is_not_posted_yet_stays_as_urgent_as_it_was(base: Base) -> None:
    row_id = await base.do(card)
    await base.do(lambda tx: outbox.stale(tx, NOW, 1, 20))
    assert [r.rank for r in await pending(base)] == [10]
    row = await claimed(base, row_id)
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "", shown=row.generation))
    await base.do(lambda tx: outbox.stale(tx, NOW, 1, 20))
    assert [r.rank for r in await pending(base)] == [20]


async def test_a_card_that_goes_stale_while_it_is_sent_is_sent_again(base: Base) -> None:
    row = await claimed(base, await base.do(card))
    await base.do(lambda tx: outbox.stale(tx, NOW, 1, 20))
    assert await pending(base) == []
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "m1", shown=row.generation))
    (again,) = await pending(base)
    assert (again.message, again.generation) == ("m1", 2)
    row = await claimed(base, again.id)
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "m1", shown=row.generation))
    assert await pending(base) == []


async def test_the_most_urgent_goes_first_then_the_oldest(base: Base) -> None:
    ids = [
        await base.do(lambda tx, r=rank: note(tx, str(r), rank=r))  # type: ignore[misc]
        for rank in (18, 0, 18, 3)
    ]
    assert [r.id for r in await pending(base)] == [ids[1], ids[3], ids[0], ids[2]]


async def test_what_is_not_due_waits(base: Base) -> None:
    await base.do(lambda tx: note(tx, "later", delay=5000))
    assert await pending(base) == []
    assert await base.read(backlog.next_due) == NOW + 5000
    assert len(await pending(base, NOW + 5000)) == 1


async def test_a_row_is_claimed_once(base: Base) -> None:
    row_id = await base.do(lambda tx: note(tx, "once"))
    row = await claimed(base, row_id)
    assert row.content == {"text": "once"} and row.attempts == 0
    assert await base.do(lambda tx: outbox.claim(tx, row_id, 0)) is None


async def test_what_was_in_the_air_is_found_after_a_crash(base: Base) -> None:
    one = await base.do(lambda tx: note(tx, "one"))
    await base.do(lambda tx: note(tx, "two"))
    await claimed(base, one)
    assert [r.id for r in await base.read(outbox.in_the_air)] == [one]


async def test_a_repeat_is_marked_and_a_card_that_arrived_is_not_any_more(base: Base) -> None:
    row = await claimed(base, await base.do(card))
    await base.do(lambda tx: outbox.again(tx, row.id, NOW, uncertain=True))
    (again,) = await pending(base)
    assert again.marked
    row = await claimed(base, again.id)
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "", shown=row.generation))
    (kept,) = await base.read(lambda tx: outbox.places(tx, 1))
    assert not kept.marked


async def test_what_ends_without_being_sent_is_counted(base: Base) -> None:
    for state in (outbox.FAILED, outbox.DROPPED, outbox.FAILED):
        row_id = await base.do(lambda tx: note(tx, "x"))
        await base.do(lambda tx, i=row_id, s=state: outbox.end(tx, i, s))  # type: ignore[misc]
    assert await base.read(backlog.counts) == {"failed": 2, "dropped": 1}


async def test_the_incident_of_a_message_or_its_thread_is_found(base: Base) -> None:
    row = await claimed(base, await base.do(card))
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "t1", shown=1))
    assert await base.read(lambda tx: outbox.at_message(tx, "slack", "m1")) == 1
    assert await base.read(lambda tx: outbox.at_message(tx, "slack", "t1")) == 1
    assert await base.read(lambda tx: outbox.at_message(tx, "discord", "m1")) is None
    assert await base.read(lambda tx: outbox.at_message(tx, "slack", "m2")) is None


async def test_the_message_of_a_card_that_is_about_no_incident_is_known(base: Base) -> None:
    row = await claimed(base, await base.do(lambda tx: card(tx, 0)))
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "C1", "m1", "", shown=1))
    assert await base.read(lambda tx: outbox.at_message(tx, "slack", "m1")) == 0


async def test_the_parent_of_a_thread_is_the_card_of_that_place(base: Base) -> None:
    await base.do(card)
    other = await base.do(lambda tx: card(tx, place="discord:#ops"))
    parent = await base.read(lambda tx: outbox.parent(tx, 1, "discord:#ops"))
    assert parent is not None and parent.id == other
    assert await base.read(lambda tx: outbox.parent(tx, 2, PLACE)) is None
    await base.do(lambda tx: outbox.remember_thread(tx, other, "t9"))
    parent = await base.read(lambda tx: outbox.parent(tx, 1, "discord:#ops"))
    assert parent is not None and parent.thread == "t9"


def page(tx: Tx, person: str, via: str) -> tuple[int, int]:
    """A page and its run."""
    run = runs.start(tx, NOW, 1, person, 0, 0, "step 1")
    said = {"person": person, "via": via}
    return run, outbox.say(tx, NOW, "page", 1, f"{via}:@{person}", 0, said, run_id=run)


async def test_pages_are_listed_with_the_reason_of_their_run(base: Base) -> None:
    await base.do(lambda tx: page(tx, "ana", "slack"))
    (found,) = await base.read(lambda tx: paged.pages(tx, 1))
    assert (found.person, found.via, found.state, found.why) == (
        "ana",
        "slack",
        "pending",
        "step 1",
    )


async def test_stopping_the_runs_drops_unsent_pages_alone(base: Base) -> None:
    _, sent = await base.do(lambda tx: page(tx, "ana", "slack"))
    row = await claimed(base, sent)
    await base.do(lambda tx: outbox.sent(tx, NOW, row, "D1", "p1", "", shown=1))
    run, _ = await base.do(lambda tx: page(tx, "omar", "email"))
    assert await base.do(lambda tx: runs.stop(tx, NOW, 1, "ana has it")) == ["ana", "omar"]
    states = await base.read(lambda tx: [p.state for p in paged.pages(tx, 1)])
    assert states == ["sent", "dropped"]
    assert await base.do(lambda tx: runs.stop(tx, NOW, 1, "again")) == []
    stopped = await base.read(lambda tx: runs.get(tx, run))
    assert (stopped.stopped_at, stopped.stopped_why) == (NOW, "ana has it")


async def test_only_pages_by_chat_that_arrived_can_be_edited(base: Base) -> None:
    for person, via, message in (
        ("ana", "slack", "p1"),
        ("ana", "email", ""),
        ("omar", "slack", ""),
    ):
        _, row_id = await base.do(lambda tx, p=person, v=via: page(tx, p, v))  # type: ignore[misc]
        if message:
            row = await claimed(base, row_id)
            await base.do(
                lambda tx, r=row, m=message: outbox.sent(tx, NOW, r, "D1", m, "", shown=1)  # type: ignore[misc]
            )
    assert [r.message for r in await base.read(lambda tx: paged.sent_pages(tx, 1))] == ["p1"]


async def test_the_same_page_at_the_same_instant_is_known(base: Base) -> None:
    _, row_id = await base.do(lambda tx: page(tx, "ana", "slack"))

    def asked(tx: Tx, at: int = NOW) -> bool:
        return paged.asked_at(tx, at, 1, "slack:@ana")

    assert await base.read(asked) is True
    assert await base.read(lambda tx: asked(tx, NOW + 1)) is False
    assert await base.read(lambda tx: paged.asked_at(tx, NOW, 1, "email:@ana")) is False
    await base.do(lambda tx: outbox.end(tx, row_id, outbox.FAILED))
    assert await base.read(asked) is False


async def test_a_run_is_hopeful_while_a_page_or_a_rule_is_left(base: Base) -> None:
    run, row_id = await base.do(lambda tx: page(tx, "ana", "slack"))
    assert await base.read(lambda tx: runs.hopeful(tx, run)) is True
    await base.do(lambda tx: outbox.end(tx, row_id, outbox.FAILED))
    assert await base.read(lambda tx: runs.hopeful(tx, run)) is False
    assert [r.id for r in await base.read(lambda tx: runs.open_runs(tx, 1, 0, 0))] == [run]
    assert await base.read(lambda tx: runs.open_runs(tx, 1, 1, 0)) == []


async def test_what_is_said_is_sealed(base: Base) -> None:
    await base.do(lambda tx: note(tx, "secret words"))
    row = await base.read(lambda tx: tx.conn.execute(select(OUTBOX.c.sealed)).scalar_one())
    assert b"secret" not in row
