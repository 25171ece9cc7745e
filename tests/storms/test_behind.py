"""Edits that come late: whoever looks is told by how much, and how many wait."""

from __future__ import annotations

from bot.cards.model import Card, Sent
from integrations.base import Transient
from tests.support.world import Pad, World

FULL = Transient("the workspace's limit is reached", 5.0)


class Slow(Pad):
    """A pad that takes new cards; edits only when it is not ``busy``."""

    def __init__(self) -> None:
        super().__init__("slack")
        self.busy = False

    async def edit(self, sent: Sent, card: Card) -> Sent:
        """Refuse an edit while the limit is reached."""
        if self.busy:
            raise FULL
        return await super().edit(sent, card)


async def test_the_age_of_edits_that_wait_is_told_until_they_are_done(world: World) -> None:
    pad = Slow()
    world.app.surfaces["slack"] = world.pad = pad
    for n in range(3):
        await world.fires(f"k{n}", labels={"service": f"s{n}"})
    pad.busy = True
    for n in range(1, 4):
        await world.does("ana", "ack", n)
    assert world.app.health.banner() == ""
    for _ in range(14):
        await world.advance(seconds=1)
    said = "Cards are 14 s behind, 3 wait"
    assert world.app.health.banner() == f"{said}."
    assert [s.words for s in world.app.health.signs() if s.name == "Chats"] == [said]
    pad.busy = False
    for _ in range(8):
        await world.advance(seconds=1)
    assert world.app.health.banner() == ""
