"""Private incidents: shown to whoever is on them, and to nobody else, anywhere."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.model import Private
from bot.glimpses import Glimpses
from commands.errors import Conflict, NotFound
from store import upkeep
from tests.support.world import World, words

SECRET = "Break-in at the vault"
NOBODY = 999_999


def texts(world: World) -> str:
    """All that stands in channels now, and all that was said there."""
    cards = [repr(card) for card in world.pad.cards.values()]
    return "\n".join([*cards, *(said for _, said in world.pad.said)])


async def refusal(world: World, who: str, verb: str, number: int, **args: Any) -> str:
    ask = world.asks if verb == "show" else world.does
    with pytest.raises(NotFound) as no:
        await ask(who, verb, incident=number, **args)
    return no.value.error.replace(str(number), "N")


async def test_what_a_private_route_takes_has_no_card_in_a_channel_and_pages_as_ever(
    world: World,
) -> None:
    number = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    assert SECRET not in texts(world)
    assert world.pad.posts == []
    assert "U0OMAR" in world.paged()
    assert (await world.asks("omar", "show", incident=number)).incident.title == SECRET


async def test_a_rule_makes_private_what_joins_no_public_incident(world: World) -> None:
    first = await world.fires("p0", title="Slow", labels={"team": "db"})
    second = await world.fires("p1", title=SECRET, labels={"team": "db", "service": "payroll"})
    assert first != second
    assert (await world.incident(second)).private
    assert not (await world.incident(first)).private
    assert SECRET not in texts(world)


async def test_to_others_it_is_a_number_that_never_was(world: World) -> None:
    number = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    for who, verb, args in (
        ("bob", "show", {}), ("mei", "show", {}), ("bob", "ack", {}),
        ("bob", "note", {"text": "a"}),
        ("bob", "private", {}), ("bob", "public", {}),
    ):  # fmt: skip
        there = await refusal(world, who, verb, number, **args)
        assert there == await refusal(world, who, verb, NOBODY, **args)
    other = await world.fires("k2", labels={"team": "db"})
    with pytest.raises(NotFound, match=f"There is no incident #{number}"):
        await world.does("bob", "merge", other, into=number)


async def test_lists_counts_search_and_filters_leave_it_out(world: World) -> None:
    await world.fires("v1", title=SECRET, labels={"service": "vault"})
    shown = await world.fires("k2", title="Disk full", labels={"team": "db"})
    for args in ({}, {"q": "vault"}, {"group": "service"}, {"filter": "service=vault"}):
        found = await world.asks("bob", "list", **args)
        assert [i.id for i in found.incidents if i.id != shown] == []
        assert SECRET not in repr(found)
        assert "vault" not in repr(found.groups)
        assert (found.without or 1) == 1
    assert len((await world.asks("omar", "list")).incidents) == 2


async def test_people_of_it_see_it(world: World) -> None:
    number = (await world.does("omar", "declare", text=SECRET, team="db", private=True)).changed[0][
        0
    ]
    for who in ("omar", "ana"):
        assert (await world.asks(who, "show", incident=number)).incident.private
    await refusal(world, "bob", "show", number)
    await world.does("omar", "private", number, people="@bob")
    assert (await world.asks("bob", "show", incident=number)).incident.title == SECRET
    await refusal(world, "mei", "show", number)
    await world.does("omar", "private", number, people="team:web")
    assert (await world.asks("mei", "show", incident=number)).incident.title == SECRET


async def test_the_same_words_declared_by_another_open_no_door(world: World) -> None:
    mine = (await world.does("omar", "declare", text=SECRET, team="db", private=True)).changed[0][0]
    other = (await world.does("bob", "declare", text=SECRET, team="db", private=True)).changed[0][0]
    assert mine != other
    await refusal(world, "bob", "show", mine)


async def test_whom_escalation_reaches_becomes_one_of_its_people(world: World) -> None:
    number = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    await world.does("omar", "assign", number, who="bob")
    assert (await world.asks("bob", "show", incident=number)).incident.assignee == "bob"
    assert (await world.does("bob", "ack", number)).say


async def test_cards_are_replaced_when_it_becomes_private_and_come_back(world: World) -> None:
    number = await world.fires("k1", title=SECRET, labels={"team": "db"})
    assert SECRET in texts(world)
    (place,) = world.pad.cards
    await world.does("omar", "private", number)
    said = len(world.pad.said)
    card = world.pad.cards[place]
    assert SECRET not in repr(card)
    assert str(number) not in repr(card.head)
    assert "private now" in repr(card.state)
    assert card.actions.buttons == ()
    await world.does("omar", "ack", number)
    await world.does("omar", "note", number, text="the thief is still inside")
    assert len(world.pad.said) == said
    assert SECRET not in repr(world.pad.cards)
    await world.does("omar", "public", number)
    assert SECRET in repr(world.pad.cards[place])
    assert (await world.asks("mei", "show", incident=number)).incident.title == SECRET


async def test_an_old_button_of_a_card_that_stood_says_what_a_wrong_number_says(
    world: World,
) -> None:
    number = await world.fires("k1", title=SECRET, labels={"team": "db"})
    rev = (await world.incident(number)).rev
    await world.does("omar", "private", number)
    answer = await world.press("U0BOB", f"cmd:ack:{number}:{rev}")
    wrong = await world.press("U0BOB", f"cmd:ack:{NOBODY}:1", key="other")
    assert isinstance(answer, Private) and isinstance(wrong, Private)
    assert answer.note and wrong.note
    assert words(answer.note).replace(str(number), str(NOBODY)) == words(wrong.note)
    assert (await world.incident(number)).holder is None


async def test_an_incident_points_at_no_hidden_one(world: World) -> None:
    shown = await world.fires("k1", title="Shown", labels={"team": "db"})
    parent = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    await world.does("omar", "merge", shown, into=parent)
    detail = await world.asks("bob", "show", incident=shown)
    assert detail.incident.merged_into is None
    assert f"#{parent}" not in repr(detail)
    assert (await world.asks("omar", "show", incident=shown)).incident.merged_into == parent


async def test_a_private_incident_becomes_part_of_no_public_one(world: World) -> None:
    shown = await world.fires("k1", title="Shown", labels={"team": "db"})
    child = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    with pytest.raises(Conflict, match="everybody would see"):
        await world.does("omar", "merge", child, into=shown)


async def test_a_page_shows_whom_it_asks_the_incident(world: World) -> None:
    await world.fires("v1", title=SECRET, labels={"service": "vault"})
    assert [SECRET in repr(card) for account, card in world.pad.direct if account == "U0OMAR"]


async def test_open_consoles_hear_of_it_only_where_it_is_shown(world: World) -> None:
    number = await world.fires("v1", title=SECRET, labels={"service": "vault"})
    shown = await world.fires("k2", labels={"team": "db"})
    batch = [(number, 3), (shown, 1), (0, 7)]
    seen = Glimpses(world.door).seen
    assert await seen(world.actor("bob"), batch) == [(shown, 1), (0, 7)]
    assert await seen(world.actor("omar"), batch) == batch


async def test_who_looks_at_a_list_when_it_becomes_private_is_told_to_look_again(
    world: World,
) -> None:
    number = await world.fires("k1", labels={"team": "db"})
    before = await world.app.reader.read(upkeep.newest_change)
    await world.does("omar", "private", number)
    rows = await world.app.reader.read(lambda tx: upkeep.changes_since(tx, before))
    assert 0 in {incident for _, incident, _ in rows}
