"""Asking by hand: who may be asked, and what the others are told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cards.notification import notification
from bot.cards.view import View
from commands.errors import Invalid
from tests.support.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A PixelView on a database of its own."""
    made = await World.build(f"sqlite:///{tmp_path}/pixelview.db", tmp_path)
    yield made
    await made.end()


async def view(world: World, incident: int) -> View:
    """The incident as cards speak of it."""
    known = world.door.definitions()
    return View(await world.detail(incident), known, "https://pv.example", world.clock.now())


@pytest.mark.parametrize("verb", ["assign", "page"])
async def test_who_may_only_look_is_neither_asked_nor_paged(world: World, verb: str) -> None:
    incident = await world.fires()
    before = world.paged()
    args = {"incident": incident} if verb == "assign" else {"text": "the import hangs"}
    with pytest.raises(Invalid) as refused:
        await world.does("ana", verb, who="mei", **args)
    said = "Mei Lin may only look and can't take it. Ana and Omar can."
    assert (refused.value.error, refused.value.where) == (said, "who")
    assert world.paged() == before


async def test_who_escalates_is_named_where_nobody_had_time_to_answer(world: World) -> None:
    incident = await world.fires()
    await world.advance(seconds=4)
    world.pad.said.clear()
    await world.does("omar", "escalate", incident, step=1)
    said = "\n".join(text for _, text in world.pad.said)
    assert "Omar escalated it. Ana was asked 4 s before." in said
    assert "did not answer" not in said
    seen = "".join(s.text for s in notification(await view(world, incident)))
    assert "Omar escalated" in seen and "did not answer" not in seen


async def test_a_step_whose_time_has_come_says_who_did_not_answer(world: World) -> None:
    await world.fires()
    await world.advance(minutes=5)
    said = "\n".join(text for _, text in world.pad.said)
    assert "Ana did not answer" in said and "escalated" not in said


@pytest.mark.parametrize(("who", "calls"), [("ana", False), ("omar", True)])
async def test_the_card_mentions_nobody_who_declared_it(
    world: World, who: str, calls: bool
) -> None:
    await world.does(who, "declare", text="checkout is slow")
    (_, card), *_ = world.pad.posts
    spans = [*card.state.spans, *card.notification]
    ana = [s for s in spans if s.person == "ana"]
    assert ana and any(s.mention for s in ana) is calls
    assert "U0ANA" in world.paged()  # by their own rules all the same
