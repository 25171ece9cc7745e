"""The process dies at each point of a page: nobody is forgotten, nobody is asked twice unmarked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import LEASE, LEASE_LIFE, AlreadyServing, App, prepare
from store import upkeep
from store.model import AlertStatus, IncidentStatus
from tests.support.world import World, alert


async def reborn(world: World) -> World:
    """Die, start again, and let everything happen that is due."""
    world.pad.hang = ""
    await world.die()
    new = await world.again()
    await new.settle()
    return new


async def arrives(world: World) -> int:
    """An alert is on disk; nothing that follows has happened yet."""
    accepted = await world.door.intake(await world.source(), (alert(),))
    assert accepted.incident_id is not None
    return accepted.incident_id


async def hangs(world: World, where: str) -> int:
    """The page to Ana by chat hangs before or after it reaches her."""
    world.pad.hang = where
    incident = await arrives(world)
    await world.app.ticker.tick()
    await until_it_hangs(world)
    return incident


async def until_it_hangs(world: World) -> None:
    """Send until the page by chat hangs and everything else has landed."""
    while not world.pad.hung.is_set():
        await world.app.outbox.pump()
        await asyncio.sleep(0)
    while len(world.app.outbox._busy) > 1:
        await asyncio.sleep(0)


async def nobody_is_asked_again(world: World) -> None:
    """From here on only the policy's clock asks."""
    asked = world.paged()
    await world.minute()
    assert world.paged() == asked


async def test_after_the_202_the_first_page_still_goes_out(world: World) -> None:
    incident = await arrives(world)
    new = await reborn(world)
    assert new.paged() == ["U0ANA", "ana"]
    assert not new.pad.copies and not new.mail.copies
    assert (await new.incident(incident)).asking == ("ana",)
    await nobody_is_asked_again(new)
    await new.end()


async def test_after_the_step_was_reached_its_pages_still_go_out(world: World) -> None:
    await arrives(world)
    await world.app.ticker.tick()
    new = await reborn(world)
    assert new.paged() == ["U0ANA", "ana"] and not new.pad.copies
    await nobody_is_asked_again(new)
    await new.end()


@pytest.mark.parametrize(("where", "pages"), [("before", 1), ("after", 2)])
async def test_a_page_in_the_air_is_repeated_once_and_marked(
    world: World, where: str, pages: int
) -> None:
    incident = await hangs(world, where)
    new = await reborn(world)
    assert [a for a, _ in new.pad.pages] == ["U0ANA"] * pages
    assert new.pad.copies == ["U0ANA"]
    said = [e.say for e in (await new.detail(incident)).timeline if e.kind == "page_sent"]
    assert any("It may be a copy" in s for s in said)
    await nobody_is_asked_again(new)
    await new.end()


async def test_a_repeat_that_is_lost_too_is_not_repeated_again(world: World) -> None:
    incident = await hangs(world, "after")
    await world.die()
    world.pad.hung.clear()
    again = await world.again()
    await until_it_hangs(again)
    last = await reborn(again)
    assert [a for a, _ in last.pad.pages] == ["U0ANA"] * 2
    states = {p.via: p.state for p in (await last.detail(incident)).pages if p.person == "ana"}
    assert states["slack"] == "uncertain"
    await last.end()


async def test_a_page_that_is_over_when_the_process_dies_is_not_repeated(world: World) -> None:
    incident = await hangs(world, "before")
    await world.door.do("ack", {"incident": incident}, world.actor("omar"))
    new = await reborn(world)
    assert [a for a, _ in new.pad.pages] == []
    assert await new.status(incident) is IncidentStatus.ACKNOWLEDGED
    await new.end()


async def test_a_page_that_was_sent_is_not_sent_again(world: World) -> None:
    await world.fires()
    asked = world.paged()
    new = await reborn(world)
    assert new.paged() == asked
    await new.end()


async def test_the_clock_of_the_policy_goes_on_over_a_restart(world: World) -> None:
    await world.fires()
    await world.advance(minutes=4)
    new = await reborn(world)
    new.clear()
    await new.advance(seconds=50)
    assert new.paged() == []
    await new.advance(seconds=10)
    assert new.paged() == ["U0OMAR", "omar"]
    await new.end()


async def test_what_came_due_while_nothing_ran_comes_at_once_and_once(world: World) -> None:
    await world.fires()
    await world.die()
    world.clear()
    world.clock.at += 7 * 60_000
    new = await world.again()
    await new.settle()
    assert new.paged() == ["U0OMAR", "omar"]
    await nobody_is_asked_again(new)
    await new.end()


async def test_groups_keys_and_silences_are_known_after_a_restart(world: World) -> None:
    start = world.clock.at
    one = await world.fires("a", starts_at=start)
    two = await world.fires("z", labels={"service": "checkout"}, starts_at=start)
    await world.does("ana", "resolve", two, how="silence_1h")
    new = await reborn(world)
    assert await new.fires("b") == one
    await new.clears("a", starts_at=start)
    await new.clears("b")
    assert await new.status(one) is IncidentStatus.RESOLVED
    later = alert("z", labels={"service": "checkout"}, starts_at=new.clock.at)
    await new.hears(later)
    assert await new.status(two) is IncidentStatus.RESOLVED
    await new.end()


async def test_a_press_that_came_twice_over_a_restart_counts_once(world: World) -> None:
    incident = await world.fires()
    first = await world.does("ana", "note", incident, text="hello", key="p1")
    new = await reborn(world)
    assert await new.does("ana", "note", incident, text="hello", key="p1") == first
    assert (await new.incident(incident)).notes == 1
    await new.end()


async def second(world: World) -> App:
    """Another process for the same database, not started yet."""
    settings = world.app.settings
    return App(settings, await prepare(settings), world.clock)


async def drop(app: App) -> None:
    """End a process that never served."""
    await app.ticker.stop()
    await app.writer.stop()
    await app.reader.close()


async def test_a_second_serve_on_the_same_database_is_refused(world: World) -> None:
    app = await second(world)
    with pytest.raises(AlreadyServing):
        await app.open(wait=False)
    await drop(app)


async def test_a_second_serve_takes_over_when_the_first_falls_silent(world: World) -> None:
    incident = await world.fires()
    asked = world.paged()
    waiting = await second(world)
    opening = asyncio.create_task(waiting.open())
    await asyncio.sleep(0.3)
    assert not opening.done()
    world.clock.at += LEASE_LIFE
    await opening

    def renew(ctx: object) -> int | None:
        return upkeep.take_lease(ctx.tx, LEASE, world.app.me, ctx.now, LEASE_LIFE)  # type: ignore[attr-defined]

    assert await world.door.system(renew) is None  # it has to stop now
    assert world.paged() == asked
    found = await waiting.door.ask("show", {"incident": incident}, world.actor("ana"))
    assert found.incident.asking == ("ana",)
    await drop(waiting)


async def test_two_processes_never_fire_the_same_timer_or_send_the_same_row(
    world: World, tmp_path: Path
) -> None:
    """Even where the lease would fail: what is due is claimed in a transaction."""
    del tmp_path
    for n in range(6):
        await world.door.intake(
            await world.source(), (alert(f"k{n}", labels={"service": f"s{n}"}),)
        )
    other = await second(world)
    other.surfaces["slack"] = world.app.surfaces["slack"]
    other.outbox.carrier.post = world.mail
    await other.writer.start()
    other.door.attach(other.writer)
    await other.door.open()
    for _ in range(8):
        await asyncio.gather(world.app.ticker.tick(), other.ticker.tick())
        await asyncio.gather(world.app.outbox.pump(), other.outbox.pump())
        while not (world.app.outbox.idle and other.outbox.idle):
            await asyncio.sleep(0)
    assert sorted(world.paged()) == ["U0ANA"] * 6 + ["ana"] * 6
    assert len(world.pad.posts) == 6
    await drop(other)


async def test_an_outage_of_the_chat_makes_the_mail_count(world: World) -> None:
    from integrations.base import Permanent

    world.pad.refuse["page"] = Permanent("account_inactive")
    incident = await world.fires()
    assert [h for h, _, _ in world.mail.pages] == ["ana"]
    assert "page_failed" in await world.history(incident)
    await world.advance(minutes=4)
    assert [h for h, _, _ in world.mail.pages] == ["ana"]
    await world.does("ana", "ack", incident, surface="email")
    found = await world.incident(incident)
    assert (found.holder, found.holder_from) == ("ana", "email")


async def test_a_resolve_that_came_just_before_the_end_is_kept(world: World) -> None:
    incident = await world.fires()
    await world.door.intake(await world.source(), (alert(status=AlertStatus.RESOLVED),))
    new = await reborn(world)
    assert await new.status(incident) is IncidentStatus.RESOLVED
    card = new.pad.cards["m1"] if "m1" in new.pad.cards else next(iter(new.pad.cards.values()))
    assert "RESOLVED" in repr(card)
    await new.end()
