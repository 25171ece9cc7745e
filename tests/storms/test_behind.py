"""Edits that come late: whoever looks is told by how much, and how many wait."""

from __future__ import annotations

import re

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
    for _ in range(30):  # what is on its way at the moment of a count is counted the next time
        await world.advance(seconds=1)
        if world.app.health.banner():
            break
    said = world.app.health.banner()
    assert re.fullmatch(r"Cards are 1\d s behind, 3 wait\.|Cards are 2\d s behind, 3 wait\.", said)
    assert [f"{s.words}." for s in world.app.health.signs() if s.name == "Chats"] == [said]
    pad.busy = False
    for _ in range(8):
        await world.advance(seconds=1)
    assert world.app.health.banner() == ""
