"""Dated cases of who is paged when: played through the door and the ticker under a virtual clock.

Only the shapes of cases are read here; what happens is decided and recorded by the engine.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.cli.escalation_cases import (
    MAIN,
    Case,
    definitions_of,
    instant_of,
    mappings,
    policy_of,
    schedule_of,
    severity_of,
)
from bot.ticker import Ticker
from commands.context import Ctx, Rulebook
from commands.door import SYSTEM, Door
from commands.errors import CommandError
from commands.people import actor_of
from commands.rules.oncall.times import Unreadable
from store import access, definitions, outbox, timeline, timers
from store import maintenance as windows
from store.clock import to_datetime
from store.crypto import Ring
from store.db import Reader, Tx, sqlite_writer_engine
from store.ids import Ids
from store.maintenance import Window
from store.migrate import upgrade
from store.model import (
    Actor,
    AlertReading,
    AlertStatus,
    Definitions,
    Instant,
    Policy,
    Step,
)
from store.writer import SqliteWriter


def answer(case: Case) -> tuple[list[dict[str, Any]], bool | None]:
    """The events of a case in the shape of its ``expect``, and whether they are as expected."""
    got = asyncio.run(_play(case))
    expected = case.get("expect")
    return got, None if expected is None else _counted(got) == _counted(expected)


def _counted(events: Any) -> list[str]:
    if not isinstance(events, list):
        raise Unreadable("must be a list", "expect")
    return sorted(
        repr(sorted({**e, "t": instant_of(e.get("t"), "expect.t")}.items())) for e in events
    )


async def _play(case: Case) -> list[dict[str, Any]]:
    async with _world(case) as world:
        await world.opens()
        for at, where, action in _in_order(case):
            await world.until(at - 1)
            await world.acts(action, where)
        await world.until(instant_of(case.get("until"), "until"))
        return await world.events()


def _in_order(case: Case) -> list[tuple[Instant, str, Any]]:
    """Actions by time; at the same time as they are written."""
    places = ((f"actions[{i}]", action) for i, action in enumerate(mappings(case, "actions")))
    found = [(instant_of(a.get("at"), f"{where}.at"), where, a) for where, a in places]
    return sorted(found, key=lambda each: each[0])


class _Clock:
    def __init__(self, at: Instant) -> None:
        self.at = at

    def now(self) -> Instant:
        return self.at


@cache
def _empty() -> Path:
    """A database without rows, made once for all cases."""
    path = Path(tempfile.mkdtemp(prefix="pixelview-")) / "empty.db"
    engine = sqlite_writer_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        upgrade(conn)
    engine.dispose()
    return path


@asynccontextmanager
async def _world(case: Case) -> AsyncIterator[_World]:
    with tempfile.TemporaryDirectory(prefix="pixelview-") as folder:
        path = Path(folder) / "case.db"
        shutil.copy(_empty(), path)
        url, ring, ids = f"sqlite:///{path}", Ring([b"0" * 32]), Ids()
        reader, clock = Reader(url, ring, ids), _Clock(instant_of(case.get("opened"), "opened"))
        door = Door(clock, reader, Rulebook(assign_lease=0))
        writer = SqliteWriter(url, ring, ids, lambda _wake, _changed: None)
        await writer.start()
        door.attach(writer)
        try:
            yield _World(case, door, clock)
        finally:
            await writer.stop()
            await reader.close()


class _World:
    """One case: a door and a ticker of their own, and a clock that is moved."""

    def __init__(self, case: Case, door: Door, clock: _Clock) -> None:
        self.case, self._door, self._clock = case, door, clock
        self._ticker = Ticker(door)
        self._zone = ZoneInfo(str(case.get("zone") or "UTC"))
        self._incident = 0

    async def opens(self) -> None:
        """The definitions are in force and one alert fires."""
        await self._put(definitions_of(self.case))
        await self._door.open()
        await self._says(AlertStatus.FIRING)

    async def _put(self, new: Definitions) -> None:
        await self._door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "case", new))
        await self._door.reload()

    async def _says(self, status: AlertStatus) -> None:
        source = await self._door.system(lambda ctx: access.source(ctx.tx, ctx.now, "case", "case"))
        severity = severity_of(self.case.get("severity"), "severity")
        alert = AlertReading("case", status, severity, str(self.case.get("id") or "case"))
        accepted = await self._door.intake(source, (alert,))
        self._incident = accepted.incident_id or self._incident

    async def until(self, end: Instant) -> None:
        """Everything that is due up to an instant happens at its time."""
        while (due := await self._door.reader.read(timers.next_due)) is not None and due <= end:
            self._clock.at = max(self._clock.at, due)
            await self._ticker.tick()
        self._clock.at = max(self._clock.at, end)

    # actions

    async def acts(self, action: Case, where: str) -> None:
        """Somebody does something; a refusal is an answer too."""
        self._clock.at = max(self._clock.at, instant_of(action.get("at"), f"{where}.at"))
        do = str(action.get("do"))
        changes = _CHANGES.get(do)
        if changes is not None:
            await self._put(changes(self._door.definitions(), action, where))
        elif do == "maintenance":
            ends = instant_of(action.get("until"), f"{where}.until")
            await self._door.system(lambda ctx: _maintain(ctx, ends))
        elif do == "resolve" and action.get("by") in (None, "monitor"):
            await self._says(AlertStatus.RESOLVED)
        elif do in _VERBS:
            verb, args = _VERBS[do](action)
            try:
                await self._door.do(verb, {"incident": self._incident, **args}, self._actor(action))
            except CommandError:
                return
        else:
            raise Unreadable(f"{do!r} is no action", f"{where}.do")

    def _actor(self, action: Case) -> Actor:
        by = action.get("by")
        person = self._door.definitions().people.get(str(by))
        if person is not None:
            return actor_of(person, "cli")
        return replace(SYSTEM, id=str(by), name=str(by)) if by else SYSTEM

    # what was recorded

    async def events(self) -> list[dict[str, Any]]:
        """Pages, skipped steps and the end of the asking, in the order of time."""
        found = await self._door.reader.read(lambda tx: list(_events(tx, self._incident)))
        found.sort(key=lambda event: event[0])
        return [{"t": self._said(at), **event} for at, event in found]

    def _said(self, at: Instant) -> str:
        return to_datetime(at).astimezone(self._zone).isoformat()


def _events(tx: Tx, incident_id: int) -> Iterator[tuple[Instant, dict[str, Any]]]:
    for line in timeline.of_incident(tx, incident_id):
        if line.kind == "skip":
            yield line.at, {"event": "skip", **line.detail}
        elif line.kind == "exhausted":
            yield line.at, {"event": "exhausted"}
    for page in outbox.pages(tx, incident_id):
        yield (
            page.asked_at,
            {
                "event": "page",
                "step": {"fallback": "fallback", "person": "reassign"}.get(
                    page.asked_by, page.step
                ),
                "loop": page.loop,
                "person": page.person,
                "via": page.via,
                "why": f"rule after {page.after} min" if page.after else "step",
            },
        )


def _maintain(ctx: Ctx, ends: Instant) -> None:
    windows.add(ctx.tx, ctx.now, Window("all", ctx.now, ends))


def _reassign(action: Case) -> tuple[str, dict[str, Any]]:
    if action.get("policy") is not None:
        return "escalate", {"policy": action["policy"]}
    return "assign", {"who": action.get("person")}


_VERBS: dict[str, Any] = {
    "ack": lambda a: ("ack", {"take": bool(a.get("take"))}),
    "unack": lambda _: ("unack", {}),
    "resolve": lambda _: ("resolve", {"how": "now"}),
    "escalate": lambda a: ("escalate", {"step": a.get("step")}),
    "reassign": _reassign,
    "severity": lambda a: ("severity", {"to": a.get("to")}),
}


def _without(old: Definitions, action: Case, where: str) -> Definitions:
    gone = str(action.get("person") or action.get("by"))
    return replace(old, people={h: p for h, p in old.people.items() if h != gone})


def _other_policy(old: Definitions, action: Case, where: str) -> Definitions:
    """The policy as it is written there, else one that asks nobody any more."""
    written = action.get("policy")
    name = written if isinstance(written, str) else MAIN
    new = (
        policy_of(name, written, where)
        if isinstance(written, Mapping)
        else Policy(name, (Step(()),))
    )
    return replace(old, policies={**old.policies, name: new})


def _other_schedule(old: Definitions, action: Case, where: str) -> Definitions:
    values = list(action.values())
    name = next((v for v in values if isinstance(v, str) and v in old.schedules), "")
    name = name or next(iter(old.schedules), "")
    written = next((v for v in values if isinstance(v, Mapping)), None)
    if written is None:
        raise Unreadable("names no schedule", where)
    new = schedule_of(name, written, old.schedules[name].zone if name else "UTC", where)
    return replace(old, schedules={**old.schedules, name: new})


_CHANGES: dict[str, Any] = {
    "remove_person": _without,
    "edit_policy": _other_policy,
    "edit_schedule": _other_schedule,
}
