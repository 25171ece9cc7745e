"""Nobody opens incidents by hand without end: each pages people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.errors import TooOften
from store.clock import MINUTE
from tests.support.world import World


async def test_a_person_opens_so_many_by_hand_and_may_again_after_a_while(world: World) -> None:
    world.door.rules = replace(world.door.rules, pages_by_hand=3)
    for number in range(3):
        await world.does("ana", "declare", text=f"thing {number} is down")
    with pytest.raises(TooOften, match="3 incidents by hand") as refused:
        await world.does("ana", "page", who="omar", text="again")
    assert (refused.value.status, refused.value.retry_after) == (429, 60)
    await world.does("omar", "declare", text="something else")
    world.clock.at += 10 * MINUTE
    await world.does("ana", "declare", text="later")


async def test_without_a_limit_there_is_none(world: World) -> None:
    world.door.rules = replace(world.door.rules, pages_by_hand=0)
    for number in range(5):
        await world.does("ana", "declare", text=f"thing {number}")
