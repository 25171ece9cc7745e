"""An alert that comes back long after its resolve remembers what it opened before."""

from __future__ import annotations

from tests.support.world import World, alert


async def test_the_third_time_knows_of_two_and_shows_the_last(world: World) -> None:
    for _ in range(2):
        await world.fires("a")
        await world.clears("a")
        await world.advance(minutes=60)
    third = await world.fires("a")
    detail = await world.detail(third)
    assert detail.earlier is not None
    assert (detail.earlier.id, detail.seen) == (third - 1, 2)
    card = world.pad.posts[-1][1]
    assert card.id == third
    lines = ["".join(s.text for s in row) for b in card.fold for row in getattr(b, "rows", ())]
    assert any(line.startswith("🕘 Seen twice before.") for line in lines)


async def test_another_alert_remembers_nothing(world: World) -> None:
    await world.fires("a")
    await world.clears("a")
    await world.advance(minutes=60)
    other = await world.hears(alert("b"))
    assert other.incident_id is not None
    assert (await world.detail(other.incident_id)).earlier is None
