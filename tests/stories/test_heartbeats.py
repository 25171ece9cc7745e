"""Checks that say that they ran: armed by the first signal, missed when they are silent."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select

from bot.web.beats import Beats
from bot.web.server import application, serve
from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.typed import read_line
from store.model import DAY, HOUR, MINUTE, AlertType, IncidentStatus, Severity
from store.tables import AUDIT, TIMERS
from tests.support.world import World


class Job:
    """A job that opens its address."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url
        self.path = ""

    async def made(self, line: str) -> None:
        """Its heartbeat, as somebody types it."""
        verb, args = read_line(line, self.world.door.definitions())
        done = await self.world.does("ana", verb.name, **args)
        self.path = str(httpx.URL(done.say.rsplit("\n", 1)[1]).path)

    async def says(self, signal: str = "", method: str = "GET") -> int:
        """The status of one signal."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            end = f"/{signal}" if signal else ""
            answer = await client.request(method, f"{self.path}{end}", content=b"log" * 99)
        await self.world.settle()
        return answer.status_code

    async def state(self) -> str:
        """How its heartbeat stands in the list."""
        told = await self.world.asks("ana", "heartbeat-list")
        return str(told.facts["heartbeats"][0]["state"])


@pytest.fixture
async def job(world: World) -> Job:
    app = application(Beats(world.door).routes(), 1 << 20)
    world.app._runner, port = await serve(app, "127.0.0.1", 0)
    return Job(world, f"http://127.0.0.1:{port}")


async def incidents(world: World, status: str = "open") -> list[int]:
    listing = await world.asks("ana", "list", status=status)
    return [i.id for i in listing.incidents]


async def test_silence_pages_its_team_and_the_next_signal_resolves(world: World, job: Job) -> None:
    await job.made("heartbeat add backup every 1d grace 1h team db")
    await world.advance(minutes=3 * 24 * 60)
    assert await incidents(world) == [] and await job.state() == "new"
    assert await job.says() == 200
    await world.advance(minutes=24 * 60 + 59)
    assert await incidents(world) == [] and await job.state() == "up"
    await world.advance(minutes=2)
    (number,) = await incidents(world)
    found = await world.incident(number)
    assert (found.title, found.team, found.type) == ("backup is silent", "db", AlertType.HEARTBEAT)
    assert (found.severity, found.source) == (Severity.ERROR, "heartbeat")
    assert "U0ANA" in world.paged() and await job.state() == "down"
    assert await job.says() == 200
    assert await world.status(number) is IncidentStatus.RESOLVED and await job.state() == "up"
    await world.advance(minutes=25 * 60 + 1)
    assert len(await incidents(world)) == 1


async def test_a_failed_run_is_an_alert_at_once_and_a_good_one_ends_it(
    world: World, job: Job
) -> None:
    await job.made("heartbeat add backup every 1d severity critical")
    assert await job.says("3") == 200
    (number,) = await incidents(world)
    detail = await world.detail(number)
    assert detail.incident.title == "backup failed"
    assert detail.alerts[0].description == "It ended with exit code 3."
    assert detail.incident.severity is Severity.CRITICAL
    assert await job.says("fail") == 200
    assert await incidents(world) == [number]
    assert await job.says("0") == 200
    assert await world.status(number) is IncidentStatus.RESOLVED


async def test_a_run_has_its_grace_to_end_and_says_how_long_it_took(world: World, job: Job) -> None:
    await job.made("heartbeat add backup every 1d grace 30m")
    await job.says("start")
    await world.advance(minutes=12)
    await job.says()
    told = await world.asks("ana", "heartbeat-list")
    assert told.facts["heartbeats"][0]["took_seconds"] == 12 * 60
    assert told.lines[0].startswith("backup: well, heard 0 s ago, took 12 min, silent from ")
    await job.says("start")
    await world.advance(minutes=31)
    (number,) = await incidents(world)
    assert (await world.incident(number)).title == "backup has not ended"
    await job.says()
    assert await world.status(number) is IncidentStatus.RESOLVED


async def test_a_cron_line_counts_on_the_clock_of_its_zone(world: World, job: Job) -> None:
    """It is 03:09 in Berlin; the next 02:30 there is in 23 h 21 min."""
    await job.made("heartbeat add nightly grace 10m cron 30 2 * * *")
    await job.says()
    told = await world.asks("ana", "heartbeat-list")
    assert "at 30 2 * * * (Europe/Berlin)" in told.lines[0]
    await world.advance(minutes=23 * 60 + 21 + 9)
    assert await incidents(world) == []
    await world.advance(minutes=2)
    assert len(await incidents(world)) == 1


async def test_what_pixelview_slept_through_is_nobodys_silence(world: World, job: Job) -> None:
    await job.made("heartbeat add backup every 1h grace 10m")
    await job.says()
    await world.minute()
    await world.die()
    world.clock.at += 5 * HOUR
    again = await world.again()
    try:
        await again.settle()
        assert await incidents(again) == []
        await again.advance(minutes=69)
        assert await incidents(again) == []
        await again.advance(minutes=3)
        assert len(await incidents(again)) == 1
    finally:
        await again.end()


async def test_who_was_late_before_it_stopped_is_late_after(world: World, job: Job) -> None:
    await job.made("heartbeat add backup every 1h grace 10m")
    await job.says()
    await world.advance(minutes=71)
    await world.minute()
    await world.die()
    world.clock.at += 5 * HOUR
    again = await world.again()
    try:
        assert len(await incidents(again)) == 1
        await again.advance(minutes=DAY // MINUTE)
        assert len(await incidents(again)) == 1
    finally:
        await again.end()


async def test_paused_and_removed_nobody_waits(world: World, job: Job) -> None:
    await job.made("heartbeat add backup every 1h grace 10m")
    await job.says()
    await world.advance(minutes=71)
    (number,) = await incidents(world)
    await world.does("ana", "heartbeat-pause", name="backup")
    assert await world.status(number) is IncidentStatus.RESOLVED
    assert await job.says() == 200 and await job.state() == "paused"
    await world.advance(minutes=2 * 60)
    assert await incidents(world) == []
    await world.does("ana", "heartbeat-pause", name="backup", resume=True)
    assert await job.state() == "new"
    await job.says()
    assert await job.state() == "up"
    await world.does("ana", "heartbeat-remove", name="backup")
    assert await job.says() == 404
    await world.advance(minutes=2 * 60)
    assert await incidents(world) == []
    with pytest.raises(NotFound, match="There is no heartbeat backup"):
        await world.does("ana", "heartbeat-remove", name="backup")


async def test_signals_come_by_get_post_and_head_and_leave_one_timer_and_no_audit_row(
    world: World, job: Job
) -> None:
    await job.made("heartbeat add backup every 1h")

    async def rows() -> int:
        return await world.app.reader.read(
            lambda tx: tx.conn.execute(select(func.count()).select_from(AUDIT)).scalar_one()
        )

    before = await rows()
    for method in ("GET", "POST", "HEAD"):
        for signal in ("", "start", "0"):
            assert await job.says(signal, method) == 200
    assert await rows() == before
    timers = await world.app.reader.read(
        lambda tx: tx.conn.execute(select(TIMERS).where(TIMERS.c.kind == "heartbeat")).all()
    )
    assert len(timers) == 1
    assert await job.says("256") == 400
    assert await job.says("oops") == 400
    job.path = "/beat/pvb_nobodyknowsthis"
    assert await job.says() == 404


WRONG: list[tuple[str, type[CommandError], str]] = [
    ("heartbeat add backup every 1h", Conflict, "There is a heartbeat backup"),
    ("heartbeat add a", Invalid, "Say how often it runs"),
    ("heartbeat add a every 5s", Invalid, "5s is no length"),
    ("heartbeat add a every 1h team web", Invalid, "There is no team web"),
    ("heartbeat add a cron 61 * * * *", Invalid, "61 is no minute"),
    ("heartbeat add a zone Mars/Sea cron 1 * * * *", Invalid, "Mars/Sea is no time zone"),
    ("heartbeat add a every 1h severity awful", Invalid, "awful is not a severity"),
    ("heartbeat add ../a every 1h", Invalid, "A name is letters"),
]


async def test_what_can_not_be_waited_for_is_refused(world: World) -> None:
    await world.does("ana", "heartbeat-add", name="backup", every="1h")
    for line, error, said in WRONG:
        verb, args = read_line(line, world.door.definitions())
        with pytest.raises(error, match=said):
            await world.does("ana", verb.name, **args)


async def test_a_source_of_that_name_is_not_mixed_up_with_them(world: World) -> None:
    await world.source("heartbeat")
    with pytest.raises(Conflict, match="There is an intake source heartbeat of another kind"):
        await world.does("ana", "heartbeat-add", name="backup", every="1h")
