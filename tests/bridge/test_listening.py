"""Threads say truly whether words in them are kept, also where that changes meanwhile."""

from __future__ import annotations

from tests.bridge.conftest import Bridge

KEPT = "Words here go on the record of #1."
NOT = "Words here stay here. Add a note to keep some on the record of #1."


async def hears(both: Bridge, heard: bool) -> list[str]:
    """Slack lets words be heard, or no more; what its first words say instead then."""
    both.slack.threads = heard
    both.slack.resaid.clear()
    await both.world.settle()
    await both.world.settle()
    return [text.splitlines()[-1] for _, text in both.slack.resaid]


async def test_the_first_words_say_when_words_are_kept_no_more(both: Bridge) -> None:
    assert await hears(both, True) == []
    assert await hears(both, False) == [NOT, NOT]
    assert both.discord.resaid == []
    assert await hears(both, False) == []
    assert await hears(both, True) == [KEPT, KEPT]


async def test_what_is_over_is_left_as_it_is(both: Bridge) -> None:
    await hears(both, True)
    await both.world.clears()
    assert await hears(both, False) == []


async def test_what_changed_while_nobody_ran_is_said_too(both: Bridge) -> None:
    await hears(both, True)
    await both.world.die()
    again = await both.world.again()
    again.app.surfaces["discord"] = both.discord
    both.world = again
    assert await hears(both, False) == [NOT, NOT]
