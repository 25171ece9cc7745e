"""A desk that writes down what it is asked, a clock that stands still, and cards to show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.cards.model import (
    Account,
    Actions,
    Card,
    Confirm,
    Facts,
    Form,
    Head,
    Input,
    Note,
    Press,
    Private,
    Span,
    State,
    Value,
)
from tests.support.stub_desk import StubDesk

NOW = 1_795_313_460.0
ESCALATE = Confirm("Page Omar now?", "Step 2 of db-primary. It is 04:14 for Omar.", yes="Page Omar")
SHARED = Path(__file__).parents[2].parent / "shared"
HOSTILE = SHARED / "payloads" / "_hostile"
OPENAPI = SHARED / "specs" / "discord-openapi.json"


@dataclass
class Clock:
    """Seconds since 1970, moved by hand."""

    at: float = NOW
    paused: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        return self.at

    async def pause(self, seconds: float) -> None:
        """What the surface would wait is over at once."""
        self.at += seconds
        self.paused()
        await asyncio.sleep(0)


@dataclass
class Desk(StubDesk):
    """What it asks before a press is named by the press's verb."""

    questions: dict[str, Confirm] = field(default_factory=lambda: {"escalate": ESCALATE})

    async def confirm(self, token: str, account: Account) -> Confirm | None:
        if self.gate is not None:
            await self.gate.wait()
        return self.questions.get(token.split(":")[1])


ASSIGN = Form(
    "Assign #1842",
    "cmd:assign:1842:7",
    (
        Input("who", "Person or team", "person_or_team", True, (("ana", "Ana"), ("omar", "Omar"))),
        Input("note", "Note", "long", False, hint="What they should know"),
    ),
    submit="Assign",
)


def press(name: str, label: str, **more: Any) -> Press:
    """A button of the card."""
    return Press(label, f"cmd:{name}:1842:7", **more)


BUTTONS = (
    press("ack", "Acknowledge", primary=True),
    press("assign", "Assign…"),
    press("escalate", "Escalate", confirm=ESCALATE),
    press("run", "Run…"),
    press("resolve", "Resolve…"),
)
MORE = (press("note", "Note…"), press("snooze", "Snooze…"), press("why", "Why?"))


def card(title: str = "Disk 94 % full on db-3", **more: Any) -> Card:
    """A loud New card: Ana is asked."""
    drawn = Card(
        id=1842,
        rev=7,
        color=0xE5304A,
        head=Head("🔴", "CRITICAL", 1842, title, "https://pv.example.eu/i/1842"),
        state=State((
            Span("New, nobody has it.", bold=True), Span(" Paging "),
            Span("Ana", person="ana", mention=True, own=False), Span(" · next "),
            Span("Omar", bold=True, own=False), Span(" "),
            Span("at 03:14", at=1_795_313_648_000, form="in"),
        )),
        actions=Actions(BUTTONS, MORE),
        fold=(
            Value("/var/lib/postgresql is at 94.2 % of 2.0 TB, full in about 41 min"),
            Facts((
                (Span("postgres-main", own=False), Span(" · team db")),
                (Span("Runbook", url="https://wiki.example.eu/rb/disk"),),
            )),
        ),
        notification=(
            Span("🔴 #1842 "), Span(title, own=False), Span(" · paging "),
            Span("Ana", person="ana", mention=True, own=False), Span(" · next Omar in 5 min"),
        ),
    )  # fmt: skip
    return replace(drawn, **more)


def taken() -> Card:
    """The card once Ana has it."""
    state = State((Span("👤 "), Span("Ana has it", bold=True, own=False)))
    return replace(card(), state=state, rev=8, color=0x7A8797, quiet=True)


def words(text: str, **more: Any) -> Note:
    """A note of one line."""
    return Note(((Span(text, own=False),),), **more)


def private(text: str) -> Private:
    """An answer only the presser sees."""
    return Private(words(text))


def hostile() -> list[str]:
    """Every text in the injection payloads."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, str):
            found.append(part)
        for inner in part.values() if isinstance(part, dict) else ():
            walk(inner)
        for inner in part if isinstance(part, list) else ():
            walk(inner)

    for path in sorted(HOSTILE.glob("inject_*.json")):
        walk(json.loads(path.read_text(encoding="utf-8")))
    return found
