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


class Watched:
    """The world's ticker, which sees jumps from now on; ``audits`` calls what looks meanwhile."""

    def __init__(self, world: World) -> None:
        self.steady = Steady()
        self.ticker: Ticker = world.app.ticker
        self.audits: list[list[int]] = []
        self._world, self._incidents = world, list[int]()
        self._audit = self.ticker._audit
        self.ticker._steady = self.steady
        self.ticker._audit = self._watched  # type: ignore[method-assign]

    async def look_at(self, *incidents: int) -> None:
        """Remember the steps of these at each self-audit; the first look at the clock."""
        self._incidents = list(incidents)
        await self.ticker.tick()

    async def _watched(self) -> None:
        self.audits.append([(await self._world.incident(i)).step for i in self._incidents])
        await self._audit()


async def test_time_that_passes_is_no_jump(world: World) -> None:
    watched = Watched(world)
    await watched.look_at()
    for _ in range(3):
        world.clock.at += 10 * MINUTE
        watched.steady.seconds += 600
        await watched.ticker.tick()
    assert watched.audits == []


@pytest.mark.parametrize("minutes", [6, 60 * 24])
async def test_after_a_jump_the_critical_goes_first_and_the_rest_is_looked_at_before(
    world: World, minutes: int
) -> None:
    calm = await world.fires("a", severity="warning", labels={"service": "calm"})
    urgent = await world.fires("b", labels={"service": "urgent"})
    watched = Watched(world)
    await watched.look_at(urgent, calm)
    world.clock.at += minutes * MINUTE
    watched.steady.seconds += 1
    await watched.ticker.tick()
    assert watched.audits == [[1, 0]]
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
