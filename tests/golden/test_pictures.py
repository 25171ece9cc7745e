"""Every card, answer and form as it looks in Slack and in Discord, compared with pictures in text.

After an intended change ``GOLDEN=write make test ARGS=tests/golden`` draws them anew; the diff
then shows what people will see.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.cards.model import Card, Note
from bot.discord import look
from bot.discord import modal as discord_modal
from bot.discord import render as discord_render
from bot.discord.spans import Pen as DiscordPen
from bot.slack import modal as slack_modal
from bot.slack import render as slack_render
from bot.slack.spans import Pen as SlackPen
from tests.discord_surface.support import OPENAPI
from tests.golden import draw
from tests.golden.night import Night, Shown
from tests.support.discord.check_message import check_create
from tests.support.discord.check_modal import check_modal
from tests.support.discord.openapi import Contract
from tests.support.slack.checks import Problems, check_attachments, check_blocks, check_view

HERE = Path(__file__).parent / "pictures"
SLACK_IDS = {"ana": "U0ANA", "omar": "U0OMAR", "mei": "U0MEI"}
DISCORD_IDS = {"ana": "100000000000000101", "omar": "100000000000000102"}
POST, PATCH = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
_SECRET = re.compile(r"(/(?:link|i|me)/)[\w~.-]{20,}")

NAMES = (
    "01 new", "01 new, page", "01 new, first reply", "02 in progress", "02 snoozed",
    "02 note, thread", "02 too late", "03 check-in", "04 escalating", "04 escalating, thread",
    "07 storm", "07 storm, unseen", "07 storm, over", "28 outage",
    "05 resolved", "05 resolved, thread", "08 handoff", "09 who", "10 cover", "11 silence",
    "12 maintenance", "24 denied", "25 help", "25 help of one", "error gone", "error time",
    "error typo", "form assign", "form cover", "form declare", "form maintenance", "form merge",
    "form new-schedule", "form note", "form override", "form page", "form resolve", "list",
    "setup", "shifts", "show", "test card", "test page", "unlinked", "why", "channels", "digest",
    "here", "news", "news in a channel", "news, over", "subscribers", "form publish",
    "form subscribe", "26 war room", "26 war room, nobody leads", "26 war room, update due",
    "26 war room, resolved", "26 war room, over", "26 role taken", "26 role given", "26 update",
    "26 update due", "26 room over", "26 not everybody came", "form room", "form update",
    "form invite", "form end-room", "18 k8s fault", "18 k8s fault, in progress", "19 hypervisor",
    "19 hypervisor, in progress", "19 lost", "19 late ones", "19 released", "17 resource",
    "17 resource, not seen", "17 inventory", "20 savings", "20 savings snoozed",
    "14 approve", "14 nobody decided", "14 question", "15 running", "16 done",
    "16 failed", "16 no answer", "form run",
)  # fmt: skip


@cache
def shown() -> Shown:
    """One night for all pictures."""

    async def play() -> Shown:
        with TemporaryDirectory() as folder:
            night = await Night.begun(Path(folder))
            try:
                return await night.play()
            finally:
                await night.world.end()

    return asyncio.run(play())


@cache
def contract() -> Contract | None:
    return Contract(OPENAPI) if OPENAPI.exists() else None


# drawing


def pictures(name: str) -> list[tuple[str, list[str]]]:
    """What people see of it in each chat; everything is checked against the chats' own limits."""
    found = shown()
    if name in found.cards:
        return list(_card(*found.cards[name], found.at[name]))
    if name in found.notes:
        return list(_note(found.notes[name], found.at[name]))
    form = found.forms[name]
    view = slack_modal.form_view(form, {"channel": "C1", "thread": ""})
    problems = Problems()
    check_view(view, "modal", problems)
    assert not problems.found, problems.found
    parts = [("Slack", draw.slack_view(view))]
    for number in range(1, discord_modal.part_of(discord_modal.modal(form)["custom_id"]).of + 1):
        body = discord_modal.modal(form, number)
        check_modal(body)
        parts.append((f"Discord, part {number}", draw.discord_modal(body)))
    return parts


def _card(card: Card, note: Note | None, now: int) -> Iterator[tuple[str, list[str]]]:
    pen = DiscordPen(dict[str, str]().get, now)
    loud = SlackPen(SLACK_IDS.get) if not card.quiet and note is None else SlackPen()
    yield "Slack", draw.slack(_slack(slack_render.body(card, loud, note=note)))
    new, v2 = look.edits(card, pen, v2=False, note=note)
    yield "Discord", draw.discord(_discord(v2, PATCH))
    yield "Discord, embed", draw.discord(_discord(new, PATCH))
    if not card.quiet:
        line = look.line(card, DiscordPen(DISCORD_IDS.get, now))
        yield "Discord, push", draw.discord(_discord(line, POST))


def _note(note: Note, now: int) -> Iterator[tuple[str, list[str]]]:
    yield "Slack", draw.slack(_slack(slack_render.note_body(note, SlackPen(SLACK_IDS.get))))
    body = discord_render.note_body(note, DiscordPen(DISCORD_IDS.get, now))
    yield "Discord", draw.discord(_discord(body, POST))


def _slack(body: draw.JSON) -> draw.JSON:
    problems = Problems()
    check_blocks(body.get("blocks") or [], "/blocks", problems, 50)
    if body.get("attachments"):
        check_attachments(body["attachments"], problems)
    assert not problems.found, problems.found
    return body


def _discord(body: draw.JSON, path: str) -> draw.JSON:
    check_create({k: v for k, v in body.items() if v is not None}, set(), ephemeral_ok=True)
    if (known := contract()) is not None:
        assert known.check("PATCH" if path == PATCH else "POST", path, body) == []
    return body


def drawn(name: str) -> str:
    """The whole picture; what is secret and another each time is left out."""
    return _SECRET.sub(r"\1…", "\n".join(draw.all_lines(pictures(name))))


# the pictures


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_should(name: str) -> None:
    file = HERE / f"{name}.txt"
    picture = drawn(name)
    if os.environ.get("GOLDEN") == "write":
        HERE.mkdir(exist_ok=True)
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8"), "draw it anew with GOLDEN=write"


def test_every_picture_is_of_something_and_everything_has_one() -> None:
    found = shown()
    assert {*found.cards, *found.notes, *found.forms} == {*NAMES}
    assert {f.stem for f in HERE.glob("*.txt")} == {*NAMES}


# a telephone's screen

LIVES = ("01 new", "04 escalating", "02 in progress", "02 snoozed", "05 resolved")


def above_buttons(name: str) -> int:
    """How many lines stand above the first button in Slack."""
    lines = next(lines for chat, lines in pictures(name) if chat == "Slack")
    return next(i for i, line in enumerate(lines[1:]) if line.startswith("["))


def test_buttons_do_not_move_under_a_thumb() -> None:
    heights = [above_buttons(name) for name in LIVES]
    assert max(heights) - min(heights) <= 1, dict(zip(LIVES, heights, strict=True))


MORE = {"07 storm": 5, "07 storm, unseen": 9, "19 hypervisor, in progress": 3,
        "18 k8s fault": 1, "18 k8s fault, in progress": 1, "14 approve": 4}  # fmt: skip
"""Of what is dangerous everything is read before it is approved: what a dry run said, and what was
asked about it. What is lost with a hypervisor takes three rows beside what is measured and what was
changed. A storm card holds five rows of which a long title takes two lines: the worst are read
whole rather than cut to one. Four lines more name critical ones that have no card yet. (In Slack's
pictures emoji are as wide as their names; people see three lines less.)"""


def test_a_card_fits_a_telephone_before_show_more() -> None:
    for name in shown().cards:
        note = 8 if "page" in name else MORE.get(name, 0)
        for chat, lines in pictures(name):
            if chat in ("Slack", "Discord"):
                body = [line for line in lines if not line.startswith("(")]
                assert len(body) <= 16 + note, (name, chat, body)
                buttons = [n for n, b in enumerate(body) if b.lstrip("┃ ").startswith("[")]
                assert min(buttons, default=0) <= 5, (name, chat, body)
