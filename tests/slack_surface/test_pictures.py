"""Trends as pictures in Slack: below the words, for whoever asked alone, and never instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.cards.drawing import Drawing
from bot.cards.model import Private
from bot.pictures.drawn import SIGN
from bot.slack import SlackSurface
from bot.slack.pictures import WAITS
from tests.slack_surface.conftest import Start
from tests.slack_surface.support import Desk, words
from tests.support.slack import FakeSlack, Message, User

DRAWING = Drawing("<svg/>", "db-3 · last 24 h", "db-3 · last 24 h. CPU: 34 %, 12 % to 61 %")
PNG = SIGN + b"a picture"


@pytest.fixture
async def shown(fake: FakeSlack, start: Start, desk: Desk) -> SlackSurface:
    """An app that may bring files, and a desk whose answer has a drawing."""
    fake.scopes.add("files:write")
    surface = await start()
    desk.answers["typed"] = Private(words("CPU ▂▃▅ 34 %"), drawing=DRAWING)

    async def drawn(drawing: Drawing) -> bytes | None:
        return PNG

    async def pause(seconds: float) -> None:
        await asyncio.sleep(0)

    surface._pictures._drawn, surface._pictures._pause = drawn, pause
    return surface


def pictures(fake: FakeSlack, who: User) -> list[Message]:
    """The messages with pictures on somebody's screen."""
    return [m for m in fake.visible_to(who) if any(b["type"] == "image" for b in m.blocks)]


def idle(surface: SlackSurface) -> Callable[[], bool]:
    """Whether no picture is under way."""
    return lambda: not surface._pictures._under_way


async def test_the_picture_follows_the_words_and_only_the_asker_sees_it(
    fake: FakeSlack, shown: SlackSurface, ana: User, omar: User
) -> None:
    seen = await fake.command(ana, "ops", "/pv resource-metrics db-3")
    assert "CPU ▂▃▅ 34 %" in seen.text
    await fake.wait_for(lambda: pictures(fake, ana))
    [message] = pictures(fake, ana)
    [image] = message.blocks
    assert message.ephemeral_to == ana.id
    assert image["alt_text"] == DRAWING.alt
    assert message.text == image["title"]["text"] == DRAWING.title
    [file] = fake.workspace.files.values()
    assert image["slack_file"] == {"id": file.id}
    assert (file.content, file.alt, file.shared) == (PNG, DRAWING.alt, [])
    assert pictures(fake, omar) == []


async def test_without_the_scope_the_words_stand_alone(
    fake: FakeSlack, surface: SlackSurface, desk: Desk, ana: User
) -> None:
    assert not surface.does("pictures")
    desk.answers["typed"] = Private(words("CPU ▂▃▅ 34 %"), drawing=DRAWING)
    seen = await fake.command(ana, "ops", "/pv cost")
    assert idle(surface)()
    assert "CPU ▂▃▅ 34 %" in seen.text
    assert fake.workspace.files == {}


async def test_a_file_that_slack_never_gets_through_leaves_the_words(
    fake: FakeSlack, shown: SlackSurface, ana: User
) -> None:
    fake.workspace.file_refusals = 1000
    seen = await fake.command(ana, "ops", "/pv cost")
    await fake.wait_for(idle(shown))
    assert "CPU ▂▃▅ 34 %" in seen.text
    assert pictures(fake, ana) == []
    [file] = fake.workspace.files.values()
    assert 1000 - file.refusals == len(WAITS) + 1


async def test_bytes_that_slack_does_not_take_leave_the_words(
    fake: FakeSlack, shown: SlackSurface, ana: User
) -> None:
    fake.fault("upload", "503")
    seen = await fake.command(ana, "ops", "/pv cost")
    await fake.wait_for(idle(shown))
    assert "CPU ▂▃▅ 34 %" in seen.text
    assert pictures(fake, ana) == []
    assert "files.completeUploadExternal" not in {call.method for call in fake.calls}


async def test_the_same_picture_is_brought_once(
    fake: FakeSlack, shown: SlackSurface, ana: User, omar: User
) -> None:
    for who in (ana, omar):
        await fake.command(who, "ops", "/pv cost")
        await fake.wait_for(lambda who=who: pictures(fake, who))  # type: ignore[misc]
    assert len(fake.workspace.files) == 1


async def test_where_the_bot_is_no_member_it_comes_the_way_of_the_command(
    fake: FakeSlack, shown: SlackSurface, ana: User
) -> None:
    fake.add_channel("elsewhere", bot_member=False)
    await fake.command(ana, "elsewhere", "/pv cost")
    await fake.wait_for(lambda: pictures(fake, ana))
    assert pictures(fake, ana)[0].channel == fake.channel("elsewhere").id


async def test_words_wait_for_no_picture_and_the_end_waits_for_none(
    fake: FakeSlack, shown: SlackSurface, ana: User
) -> None:
    never, begun = asyncio.Event(), asyncio.Event()

    async def drawn(drawing: Drawing) -> bytes | None:
        begun.set()
        await never.wait()
        return PNG

    shown._pictures._drawn = drawn
    seen = await fake.command(ana, "ops", "/pv cost")
    assert "CPU ▂▃▅ 34 %" in seen.text
    await begun.wait()
    assert not idle(shown)()
    await shown.stop()
    assert idle(shown)()


async def test_a_drawing_that_fails_is_no_fault_of_the_answer(
    fake: FakeSlack, shown: SlackSurface, ana: User
) -> None:
    async def drawn(drawing: Drawing) -> bytes | None:
        return None

    shown._pictures._drawn = drawn
    seen = await fake.command(ana, "ops", "/pv cost")
    await fake.wait_for(idle(shown))
    assert "CPU ▂▃▅ 34 %" in seen.text
    assert fake.workspace.files == {}
