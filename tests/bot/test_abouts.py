"""Cards that are about no incident: in channels, to people, with buttons that know their noun."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cards.abouts import ABOUTS
from bot.cards.model import Actions, Card, Form, Head, Note, Press, State
from bot.cards.scene import About, Scene
from bot.cards.view import own
from commands import notices
from commands.context import Ctx, Done
from commands.registry import CATALOG, Button, arg, command
from integrations.base import Permanent
from store import upkeep
from store.db import Tx
from tests.support.engines import migrated_url
from tests.support.world import World, words


def card(noun: str, scene: Scene) -> Card:
    """A card about a kettle."""
    buttons = (Press("Pour", "cmd:pour:7:1"), Press("Fill…", "cmd:fill:7:1"))
    return Card(
        7, 1, 0, Head("🔄", "KETTLE", 0, f"It is {noun}", scene.link("kettle")),
        State((own(f"read by {scene.to or 'all'}"),)), Actions(buttons), (),
        (own(f"It is {noun}"),),
    )  # fmt: skip


def said(noun: str, scene: Scene, content: dict[str, Any]) -> Note:
    """Words below it."""
    return Note(((own(f"{content['what']}: {noun}"),),))


def read(tx: Tx, name: str) -> str | None:
    """How the kettle is."""
    return upkeep.meta(tx, f"kettle {name}")


@dataclass(frozen=True, slots=True)
class Pour:
    """Arguments of ``pour``."""

    kettle: int = arg("noun", "The kettle.")


@dataclass(frozen=True, slots=True)
class Fill:
    """Arguments of ``fill``."""

    kettle: int = arg("noun", "The kettle.")
    text: str = arg("text", "With what.")


def pour(ctx: Ctx, args: Pour) -> Done:
    """Pour it."""
    return _now(ctx, args.kettle, "empty")


def fill(ctx: Ctx, args: Fill) -> Done:
    """Fill it."""
    return _now(ctx, args.kettle, f"full of {args.text}")


def _now(ctx: Ctx, kettle: int, state: str) -> Done:
    upkeep.set_meta(ctx.tx, f"kettle {kettle}", state)
    notices.stale(ctx, f"kettle:{kettle}")
    return Done(f"It is {state}.")


@pytest.fixture(autouse=True)
def kettles() -> Iterator[None]:
    """Kettles are known in these tests."""
    ABOUTS["kettle"] = About(read, card, said=said)
    for name, fn, args in (("pour", pour, Pour), ("fill", fill, Fill)):
        button = Button("Fill…" if name == "fill" else "Pour", "more", ())
        command(
            name, group="ops", permission="incident.act", args=args, about="kettle",
            buttons=(button,),
        )(fn)  # fmt: skip
    yield
    del ABOUTS["kettle"], CATALOG["pour"], CATALOG["fill"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A world with a kettle."""
    made = await World.build(migrated_url("sqlite", tmp_path), tmp_path)
    await made.door.system(lambda ctx: upkeep.set_meta(ctx.tx, "kettle 7", "boiling"))
    yield made
    await made.end()


async def test_a_card_in_a_channel_is_edited_when_what_it_is_about_changes(world: World) -> None:
    await world.door.system(lambda ctx: notices.post(ctx, "kettle:7", ["slack:#ops"]))
    await world.settle()
    [(channel, posted)] = world.pad.posts
    assert (channel, posted.head.title) == ("#ops", "It is boiling")
    await world.press("U0ANA", "cmd:pour:7:1")
    [(_, edited)] = world.pad.edits
    assert edited.head.title == "It is empty"


async def test_words_go_below_the_card(world: World) -> None:
    def talk(ctx: Ctx) -> None:
        notices.post(ctx, "kettle:7", ["slack:#ops"])
        notices.say(ctx, "kettle:7", ["slack:#ops"], {"what": "Hot"})

    await world.door.system(talk)
    await world.settle()
    assert [text for _, text in world.pad.said] == ["Hot: boiling"]


async def test_a_form_keeps_what_it_is_about(world: World) -> None:
    form = await world.press("U0ANA", "cmd:fill:7:1")
    assert isinstance(form, Form) and [i.name for i in form.inputs] == ["text"]
    from bot.cards.model import Account

    account = Account("slack", "T1", "U0ANA", "Ana")
    await world.app.desk.submit(form.token, {"text": "tea"}, account, "k")
    assert await world.app.reader.read(lambda tx: read(tx, "7")) == "full of tea"


async def test_one_person_is_told_by_chat_and_the_message_is_edited_in_place(world: World) -> None:
    assert await world.door.system(lambda ctx: notices.tell(ctx, "kettle:7", "ana"))
    await world.settle()
    assert [account for account, _ in world.pad.pages] == ["U0ANA"]
    await world.door.system(lambda ctx: notices.stale(ctx, "kettle:7"))
    await world.settle()
    assert world.pad.repages == [next(iter(world.pad.repages))] and not world.mail.told


async def test_where_chat_refuses_a_mail_goes_out(world: World) -> None:
    world.pad.refuse["page"] = Permanent("user_disabled")
    await world.door.system(lambda ctx: notices.tell(ctx, "kettle:7", "ana"))
    await world.settle()
    [(person, drawn)] = world.mail.told
    assert person == "ana" and words(Note((drawn.state.spans,))) == "read by ana"


async def test_nobody_is_told_who_is_not_known(world: World) -> None:
    assert not await world.door.system(lambda ctx: notices.tell(ctx, "kettle:7", "nobody"))
