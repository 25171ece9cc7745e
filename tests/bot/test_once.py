"""What a platform brings again is known for a day, by any process."""

from __future__ import annotations

from bot.once import Kept, Never
from tests.support.world import World


async def test_the_store_remembers_for_a_day(world: World) -> None:
    kept = Kept(world.door)
    assert not await kept.done("Ev1")
    await kept.keep("Ev1")
    await kept.keep("Ev1")
    assert await kept.done("Ev1") and not await kept.done("Ev2")
    assert await Kept(world.door).done("Ev1"), "another process"
    await world.advance(minutes=25 * 60)
    assert not await kept.done("Ev1")


async def test_a_surface_alone_remembers_nothing() -> None:
    never = Never()
    await never.keep("Ev1")
    assert not await never.done("Ev1")
