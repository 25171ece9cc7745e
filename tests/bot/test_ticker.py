"""The ticker: due things in time, and care when the clock jumps or somebody else takes over."""

from __future__ import annotations

import pytest

from bot.ticker import Ticker
from commands.errors import Busy
from store import upkeep
from store.model import MINUTE
from tests.support.world import World, alert


class Steady:
    """Seconds that pass without the wall clock, and with it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def ticking(world: World) -> tuple[Ticker, Steady]:
    """The world's ticker, which sees jumps from now on, after its first look."""
    steady = Steady()
    ticker = world.app.ticker
    ticker._steady = steady
    await ticker.tick()
    return ticker, steady


async def test_time_that_passes_is_no_jump(world: World, caplog: pytest.LogCaptureFixture) -> None:
    ticker, steady = await ticking(world)
    for _ in range(3):
        world.clock.at += 10 * MINUTE
        steady.seconds += 600
        await ticker.tick()
    assert "the clock jumped" not in caplog.text


async def test_after_a_jump_the_critical_goes_first_and_the_rest_is_looked_at_before(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    calm = await world.fires("a", severity="warning", labels={"service": "calm"})
    urgent = await world.fires("b", labels={"service": "urgent"})
    ticker, steady = await ticking(world)
    world.clock.at += 6 * MINUTE
    steady.seconds += 1
    seen: list[tuple[int, int]] = []
    audit = ticker._audit

    async def watched() -> None:
        seen.append(((await world.incident(urgent)).step, (await world.incident(calm)).step))
        await audit()

    ticker._audit = watched  # type: ignore[method-assign]
    await ticker.tick()
    assert "the clock jumped" in caplog.text
    assert seen == [(1, 0)]
    assert ((await world.incident(urgent)).step, (await world.incident(calm)).step) == (1, 1)


async def test_who_lost_the_lease_takes_nothing_in_and_changes_nothing(world: World) -> None:
    incident = await world.fires()
    now = world.clock.now() + MINUTE

    def take(ctx: object) -> int | None:
        return upkeep.take_lease(ctx.tx, "serve", "another", now, 3_000)  # type: ignore[attr-defined]

    assert await world.door.system(take) == 2
    with pytest.raises(Busy, match="Another process has taken over"):
        await world.door.intake(await world.source(), (alert("b"),))
    with pytest.raises(Busy):
        await world.door.do("ack", {"incident": incident}, world.actor("ana"))
    assert (await world.incident(incident)).holder is None
