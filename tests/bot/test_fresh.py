"""Pages people have open in a chat are looked at again when something changed, and seldom else."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.fresh import ALWAYS, EACH, Freshener
from tests.support.world import World


class Chat:
    """A chat in which so many people have their page open."""

    def __init__(self, pages: int = 1) -> None:
        self.pages, self.drawn, self.broken = pages, 0, False

    def homes(self) -> int:
        return self.pages

    async def freshen(self) -> None:
        self.drawn += 1
        if self.broken:
            raise RuntimeError("the chat broke")


def freshener(world: World, **chats: Any) -> Freshener:
    return Freshener(world.app.reader, chats)


async def test_pages_are_drawn_once_after_each_change(world: World) -> None:
    chat = Chat()
    fresh = freshener(world, slack=chat)
    await fresh.look()
    await fresh.look()
    assert chat.drawn == 1
    await world.fires(labels={"team": "db"})
    await world.fires("k2", labels={"team": "db"})
    await fresh.look()
    await fresh.look()
    assert chat.drawn == 2


async def test_shifts_begin_although_nothing_changes(world: World) -> None:
    chat = Chat()
    fresh = freshener(world, slack=chat)
    for _ in range(1 + int(ALWAYS / EACH)):
        await fresh.look()
    assert chat.drawn == 2


async def test_nobody_looks_where_nobody_may_see_it(world: World) -> None:
    chat = Chat(pages=0)
    fresh = freshener(world, slack=chat, discord=world.pad)
    await fresh.look()
    assert chat.drawn == 0


async def test_a_broken_chat_keeps_no_other_from_its_pages(world: World) -> None:
    first, second = Chat(), Chat()
    first.broken = True
    await freshener(world, slack=first, other=second).look()
    assert second.drawn == 1


async def test_it_looks_until_it_is_stopped(world: World) -> None:
    chat, paused = Chat(), asyncio.Event()

    async def pause(seconds: float) -> None:
        if chat.drawn:
            paused.set()
            await asyncio.Event().wait()
        assert seconds == EACH

    fresh = Freshener(world.app.reader, {"slack": chat}, pause=pause)  # type: ignore[dict-item]
    fresh.start()
    await asyncio.wait_for(paused.wait(), 5)
    await fresh.stop()
    assert chat.drawn == 1
