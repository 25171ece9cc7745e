"""Whoever is not known sees nothing, changes nothing, is told how to link, and is on record."""

from __future__ import annotations

from typing import Any

import pytest

from bot.cards.model import Account, Answer, Form, Heard, Private
from commands.registry import CATALOG
from commands.rules.permission import ANYONE
from store.model import IncidentStatus
from tests.access.test_tokens import rows
from tests.support.world import World, words

pytestmark = pytest.mark.broad

NEW = Account("slack", "T1", "U0NEW", "newcomer")
TITLE = "Disk 94 % full on db-3"


def turned_away(answer: Answer) -> None:
    """The one answer to somebody unknown."""
    assert isinstance(answer, Private) and answer.note is not None, answer
    text = words(answer.note)
    assert text.startswith("I don't know you yet"), text
    assert "Link my account" in text and "Ana Petrova" in text
    assert TITLE not in text and answer.card is None


async def picture(world: World, incident: int) -> tuple[Any, ...]:
    """What nobody unknown changes."""
    found = await world.incident(incident)
    return found.rev, found.status, found.holder, len(world.pad.posts), len(world.pad.pages)


SEEN = sorted(name for name, verb in CATALOG.items() if verb.permission != ANYONE)
"""Every command there is; a new one is among them by itself."""


@pytest.fixture
async def incident(world: World) -> int:
    return await world.fires()


async def test_every_press_of_somebody_unknown_is_turned_away(world: World, incident: int) -> None:
    before = await picture(world, incident)
    for name in SEEN:
        for token in (f"cmd:{name}:{incident}:1", f"cmd:{name}:0:0"):
            turned_away(await world.app.desk.press(token, NEW, f"{name}{token}"))
    assert await picture(world, incident) == before


async def test_every_form_of_somebody_unknown_is_turned_away(world: World, incident: int) -> None:
    before = await picture(world, incident)
    for name in SEEN:
        token = f"cmd:{name}:{incident}:1"
        turned_away(await world.app.desk.submit(token, {"text": "x", "who": "@ana"}, NEW, name))
        turned_away(await world.app.desk.ask(name, {"incident": incident}, NEW))
    assert await picture(world, incident) == before


async def test_every_command_of_somebody_unknown_is_turned_away(
    world: World, incident: int
) -> None:
    before = await picture(world, incident)
    for name in SEEN:
        turned_away(await world.app.desk.typed(f"{name} {incident}", NEW, f"t{name}"))
        turned_away(await world.app.desk.typed(name, NEW, f"b{name}"))
        turned_away(await world.app.desk.call(name, {"incident": incident}, NEW, f"c{name}"))
    assert await picture(world, incident) == before


@pytest.mark.parametrize("text", ["acknowlege 1", "what is open?", "ack 1\nack 2", "#1"])
async def test_other_words_get_the_same_answer(world: World, incident: int, text: str) -> None:
    turned_away(await world.app.desk.typed(text, NEW, text))


async def test_buttons_that_name_their_arguments_are_turned_away(
    world: World, incident: int
) -> None:
    for begin in ("run", "ask"):
        token = f"{begin}:ack:incident={incident}"
        answer = await world.app.desk.press(token, NEW, begin)
        assert isinstance(answer, Private)
    assert await world.status(incident) is IncidentStatus.TRIGGERED


async def test_nothing_is_suggested_to_somebody_unknown(world: World, incident: int) -> None:
    for name, verb in CATALOG.items():
        for field in verb.fields:
            assert await world.app.desk.suggest(name, field.name, "", NEW) == []


async def test_no_question_tells_somebody_unknown_whom_it_would_wake(
    world: World, incident: int
) -> None:
    known = Account("slack", "T1", "U0ANA", "ana")
    token = f"cmd:escalate:{incident}:1"
    assert await world.app.desk.confirm(token, known) is not None
    assert await world.app.desk.confirm(token, NEW) is None


async def test_home_says_how_to_link_and_nothing_else(world: World, incident: int) -> None:
    page = await world.app.desk.home(NEW)
    told = str(page)
    assert "I don't know you yet" in told and TITLE not in told and "Omar" not in told


async def test_words_in_a_thread_are_words_alone(world: World, incident: int) -> None:
    heard = Heard("C1", "9.1", "ack this please", "9.0")
    before = (await world.incident(incident)).status
    await world.app.desk.heard(incident, heard, NEW)
    assert (await world.incident(incident)).status is before
    assert (await world.incident(incident)).holder is None


async def test_each_try_is_on_record_and_on_the_timeline(world: World, incident: int) -> None:
    await world.press("U0NEW", f"cmd:ack:{incident}:1")
    assert ("stranger:slack:U0NEW", "denied") in await rows(world, "ack")
    assert "denied" in await world.history(incident)


async def test_help_and_link_are_all_that_anyone_may() -> None:
    open_to_all = {name for name, verb in CATALOG.items() if verb.permission == ANYONE}
    assert "link" in open_to_all
    assert open_to_all <= {"link", "help"}


async def test_link_by_somebody_unknown_says_where_a_code_comes_from(world: World) -> None:
    answer = await world.app.desk.typed("link", NEW, "k")
    assert isinstance(answer, (Private, Form))
    if isinstance(answer, Private) and answer.note:
        assert "code" in words(answer.note)
