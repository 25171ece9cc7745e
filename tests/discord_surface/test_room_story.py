"""A war room in Discord from its start to its end, in a running service."""

from __future__ import annotations

import pytest

from tests.discord_surface.test_end_to_end import Build, House, _catalog, build, house
from tests.support.discord import CannotDo, Channel, FakeDiscord

__all__ = ["_catalog", "build", "house"]

pytestmark = pytest.mark.slow


async def opened(house: House, incident: int) -> Channel:
    """The room of an incident, with everything in it."""
    ana, ops = house.person("Ana"), house.fake.channel("ops")
    before = set(house.fake.state.channels)
    seen = await house.fake.command(ana, ops, "room room", {"incident": str(incident)})
    assert "war room" in seen.text

    def there() -> Channel | None:
        return next((c for i, c in house.fake.state.channels.items()
                     if i not in before and c.name.startswith("inc-")), None)  # fmt: skip

    await house.until(lambda: (room := there()) and len(room.pins) >= 3)
    room = there()
    assert room is not None
    return room


async def test_a_room_from_its_start_to_its_end(house: House) -> None:
    incident, card = await house.fires()
    room = await opened(house, incident)
    assert room.topic is not None and room.topic.startswith(f"#{incident} ")
    mentioned = {u for m in room.public for u in m.mentions}
    assert house.person("Omar") in mentioned and house.person("Ana") not in mentioned
    rung = [m for m in house.fake.notified(house.person("Omar")) if m.channel is room]
    assert ["this is your room" in house.fake.visible_text(m) for m in rung] == [True]
    await house.until(house.shows("Open room", card))
    [top] = [m for m in room.pins if "WAR ROOM" in house.fake.visible_text(m)]
    await house.press("Omar", top, "Take comms")
    await house.until(house.shows("Comms Omar", top))
    noted = await house.fake.command(
        house.person("Ana"), room, "pv note", {"text": "the archive target is full"}
    )
    assert noted.kind in ("deferred", "message")
    thread = card.thread
    assert thread is not None
    await house.until(house.says("the archive target is full", thread))
    form = await house.press("Ana", top, "Write update…")
    assert form.kind == "modal" and form.modal is not None
    assert room.name in [c.name for c in house.fake.channels]
    await house.press("Ana", card, "Acknowledge")
    await house.until(house.shows("Ana has it", card))
    ended = await house.press("Ana", top, "End room…")
    if ended.kind == "modal":
        ended = await house.fake.submit(house.person("Ana"), ended, {})
    await house.until(house.says("This room is closed", room))
    with pytest.raises(CannotDo):
        await house.fake.say(house.person("Omar"), room, "one more thing")
    assert house.fake.sees(house.person("Omar"), room)
    assert house.fake.state.renames == {}


async def test_without_the_permissions_the_room_is_a_thread(
    fake: FakeDiscord, build: Build
) -> None:
    house = await build()
    incident, _ = await house.fires()
    fake.state.home.permissions &= ~(1 << 3 | 1 << 4)
    room = await opened(house, incident)
    assert room.is_thread and room.parent is fake.channel("ops")
    await fake.command(house.person("Ana"), room, "room end-room")
    await house.until(lambda: room.archived and room.locked)
