"""Words written in one place are read in every other, once, and stay true there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cards.model import Heard
from commands.errors import Denied, NotFound
from integrations.base import Transient
from store.db import Tx
from store.model import TimelineEntry
from store.model.note import File
from store.tables import AUDIT
from tests.bridge.conftest import ANA, OMAR, ZOE, Bridge


async def entry(both: Bridge) -> TimelineEntry:
    """The line of the only note."""
    detail = await both.world.detail(both.incident)
    [found] = [e for e in detail.timeline if e.kind == "note"]
    return found


async def test_words_are_said_in_every_other_place(both: Bridge) -> None:
    await both.writes("archive target was full")
    line = "Ana (Slack): archive target was full"
    assert both.said() == [line, line]
    threads = await both.threads()
    assert [m for m, _ in both.slack.said] == [threads["slack:#db"]]
    assert [m for m, _ in both.discord.said] == [threads["discord:#ops"]]


async def test_the_same_message_is_heard_once(both: Bridge) -> None:
    await both.writes("once")
    await both.writes("once")
    await both.writes("twice", "1.2")
    assert len(both.said()) == 4
    assert (await both.world.incident(both.incident)).notes == 2


async def test_after_a_restart_it_is_heard_once_too(both: Bridge, tmp_path: Path) -> None:
    heard = await both.writes("once")
    await both.world.die()
    again = await both.world.again()
    again.app.surfaces["discord"] = both.discord
    try:
        await again.app.desk.heard(both.incident, heard, ANA)
        await again.settle()
        assert len(both.said()) == 2
    finally:
        await again.end()


async def test_words_to_the_bot_alone_are_said_everywhere(both: Bridge) -> None:
    heard = Heard("D1", "1.1", "on it", direct=True)
    await both.world.app.desk.heard(both.incident, heard, ANA)
    await both.world.settle()
    assert both.said() == ["Ana (Slack, direct message): on it"] * 3


async def test_words_from_discord_are_said_in_slack(both: Bridge) -> None:
    await both.writes("looking", "9001", "discord:#ops", OMAR)
    assert both.said() == ["Omar (Discord): looking"] * 2
    assert both.discord.said == []


async def test_words_of_somebody_unknown_are_bridged_but_are_no_work(both: Bridge) -> None:
    await both.writes("customers call", by=ZOE)
    assert both.said() == ["Zoe (Slack): customers call"] * 2
    line = await entry(both)
    assert line.detail["name"] == "Zoe" and line.detail["outsider"]
    assert "denied" not in await both.world.history(both.incident)


# edits


async def test_an_edit_follows_everywhere(both: Bridge) -> None:
    heard = await both.writes("archve was full")
    assert await both.edits(heard, "archive was full")
    assert {t for _, t in (*both.slack.resaid, *both.discord.resaid)} == {
        "Ana (Slack): archive was full"
    }
    assert len(both.slack.resaid) == len(both.discord.resaid) == 1
    line = await entry(both)
    assert line.say == "archive was full" and line.detail["edited"]


async def test_an_edit_of_nothing_says_nothing(both: Bridge) -> None:
    heard = await both.writes("archive was full")
    assert await both.edits(heard, "archive was full")
    assert both.slack.resaid == both.discord.resaid == []
    assert (await both.note()).version == 1


async def test_edits_before_the_words_were_said_are_said_at_once(both: Bridge) -> None:
    heard = await both.writes("archve was full", settle=False)
    await both.edits(heard, "archive was full")
    assert both.said() == ["Ana (Slack): archive was full"] * 2
    assert both.slack.resaid == []


async def test_an_edit_while_the_words_are_in_the_air_follows(both: Bridge) -> None:
    both.discord.refuse["say"] = Transient("Discord asks to wait", 30.0)
    heard = await both.writes("one")
    both.discord.refuse.clear()
    await both.edits(heard, "two")
    await both.world.advance(seconds=40)
    assert [t for _, t in both.discord.said] == ["Ana (Slack): two"]
    assert [t for _, t in both.slack.resaid] == ["Ana (Slack): two"]


async def test_many_edits_end_in_the_last(both: Bridge) -> None:
    heard = await both.writes("0")
    both.slack.refuse["resay"] = Transient("Slack asks to wait", 20.0)
    for n in range(1, 6):
        await both.edits(heard, str(n))
    both.slack.refuse.clear()
    both.slack.resaid.clear()
    await both.world.advance(seconds=60)
    assert [t for _, t in both.slack.resaid] == ["Ana (Slack): 5"]


async def test_an_edit_of_words_nobody_heard_is_not_known(both: Bridge) -> None:
    assert not await both.edits(Heard("C1", "7.7", "", "t"), "words")
    assert (await both.world.incident(both.incident)).notes == 0


# deletions


async def test_words_taken_away_are_taken_away_everywhere(both: Bridge) -> None:
    heard = await both.writes("the password is hunter2")
    assert await both.deletes(heard)
    assert len(both.slack.unsaid) == len(both.discord.unsaid) == 1
    line = await entry(both)
    assert line.say == "What Ana Petrova wrote was taken back." and line.detail["gone"]
    assert (await both.world.incident(both.incident)).notes == 0
    assert "hunter2" not in str(await both.world.detail(both.incident))


async def test_words_taken_away_before_they_were_said_are_never_said(both: Bridge) -> None:
    heard = await both.writes("oops", settle=False)
    await both.deletes(heard)
    assert both.said() == [] and both.slack.unsaid == []


async def test_a_deletion_that_comes_before_its_words_keeps_them_out(both: Bridge) -> None:
    desk = both.world.app.desk
    assert not await desk.deleted("slack", "C1", "1.1")
    assert await desk.deleted("slack", "C1", "1.1", both.incident)
    await both.writes("late")
    assert both.said() == []
    assert (await both.world.incident(both.incident)).notes == 0


async def test_an_edit_after_the_end_changes_nothing(both: Bridge) -> None:
    heard = await both.writes("oops")
    await both.deletes(heard)
    assert await both.edits(heard, "back")
    assert both.slack.resaid == []


async def test_a_copy_that_a_person_took_away_stays_away(both: Bridge) -> None:
    heard = await both.writes("one")
    copy = both.discord._next
    both.discord.unsaid.append(f"m{copy}")
    await both.edits(heard, "two")
    await both.edits(heard, "three")
    assert [t for _, t in both.discord.resaid] == ["Ana (Slack): two"]
    assert [t for _, t in both.slack.resaid][-1] == "Ana (Slack): three"


# order


async def test_the_order_of_a_thread_is_kept(both: Bridge) -> None:
    both.discord.refuse["say"] = Transient("Discord asks to wait", 5.0)
    for n in range(8):
        await both.writes(str(n), f"1.{n}")
    both.discord.refuse.clear()
    await both.world.advance(seconds=60)
    assert [t for _, t in both.discord.said] == [f"Ana (Slack): {n}" for n in range(8)]


# replies and files


async def test_a_reply_says_whom_it_answers(both: Bridge) -> None:
    await both.writes("is the archive full?", "9001", "discord:#ops", OMAR)
    copy = f"m{both.slack._next}"
    await both.writes("yes", "1.2", reply_to=copy)
    said = [t for _, t in both.discord.said]
    assert said == ["Ana (Slack) to Omar “is the archive full?”: yes"]


async def test_a_reply_quotes_nothing_that_was_taken_back(both: Bridge) -> None:
    heard = await both.writes("the password is hunter2", "9001", "discord:#ops", OMAR)
    await both.writes("take that away", "1.2", reply_to=f"m{both.slack._next}")
    assert "hunter2" in both.discord.said[-1][1]
    await both.deletes(heard, "discord")
    assert both.discord.resaid[-1][1] == "Ana (Slack) to Omar: take that away"
    assert "hunter2" not in both.slack.resaid[-1][1]


async def test_files_are_named_and_not_sent_again(both: Bridge) -> None:
    files = (("graph.png", "https://pixel.slack.com/files/U1/F1/graph.png"),)
    await both.writes("look", files=files)
    assert both.said() == ["Ana (Slack): look\nFile: graph.png"] * 2
    assert (await both.note()).files == (File(*files[0]),)
    assert (await entry(both)).say == "look\n[graph.png]"


# the console


async def test_ones_own_note_can_be_changed_and_taken_back(both: Bridge) -> None:
    await both.world.does("omar", "note", both.incident, surface="web", text="wal is full")
    assert both.said() == ["Omar (console): wal is full"] * 3
    await both.world.does("omar", "note-edit", both.incident, surface="web", text="WAL is full")
    assert {t for _, t in both.slack.resaid} == {"Omar (console): WAL is full"}
    await both.world.does("omar", "note-delete", both.incident, surface="web", which="1")
    assert len(both.slack.unsaid) == 2 and len(both.discord.unsaid) == 1
    with pytest.raises(NotFound):
        await both.world.does("omar", "note-delete", both.incident, which="1")


async def test_what_another_wrote_only_an_admin_may_change(both: Bridge) -> None:
    await both.writes("mine")
    with pytest.raises(Denied):
        await both.world.does("omar", "note-edit", both.incident, text="his", which="1")
    await both.writes("his", "9001", "discord:#ops", OMAR)
    await both.world.does("ana", "note-delete", both.incident, which="2")
    assert (await both.note(2)).gone and (await both.note(2)).ended_by == "Ana Petrova"


async def test_the_record_keeps_what_was_changed(both: Bridge) -> None:
    heard = await both.writes("first")
    await both.edits(heard, "second")
    await both.deletes(heard)

    def details(tx: Tx) -> list[str]:
        mine = (AUDIT.c.incident_id == both.incident) & (AUDIT.c.verb != "machine")
        rows = tx.conn.execute(select(AUDIT).where(mine))
        opened = [(r, tx.ring.open("audit", f"{r.writer}.{r.seq}", r.sealed)) for r in rows]
        return [f"{r.verb} {said.get('before')} {said.get('args')}" for r, said in opened]

    kept = await both.world.app.reader.read(details)
    args = {"incident": both.incident, "text": "first"}
    assert kept == [
        f"note None {args}", "note-edit first {'text': 'second'}", "note-delete second None",
    ]  # fmt: skip


async def test_the_words_of_a_mirror_are_no_loop(both: Bridge) -> None:
    """Three places, words from each: each is said in the two others and nowhere twice."""
    await both.writes("a", "1.1", "slack:#ops")
    await both.writes("b", "1.2", "slack:#db")
    await both.writes("c", "9001", "discord:#ops", OMAR)
    assert sorted(both.said()) == sorted(
        [*["Ana (Slack): a"] * 2, *["Ana (Slack): b"] * 2, *["Omar (Discord): c"] * 2]
    )
