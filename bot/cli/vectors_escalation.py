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
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.ticker import Ticker
from commands.context import Ctx, Rulebook
from commands.door import SYSTEM, Door
from commands.errors import CommandError
from commands.people import actor_of
from commands.rules import hours
from commands.rules.oncall import reading
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
    Person,
    Policy,
    Route,
    Rule,
    Severity,
    Step,
)
from store.model.escalation import ACKNOWLEDGED, RESOLVED
from store.model.oncall import Schedule
from store.writer import SqliteWriter

_Case = Mapping[str, Any]
_MAIN = "policy"


def answer(case: _Case) -> tuple[list[dict[str, Any]], bool | None]:
    """The events of a case in the shape of its ``expect``, and whether they are as expected."""
    got = asyncio.run(_play(case))
    expected = case.get("expect")
    return got, None if expected is None else _counted(got) == _counted(expected)


def _counted(events: Any) -> list[str]:
    if not isinstance(events, list):
        raise Unreadable("must be a list", "expect")
    return sorted(
        repr(sorted({**e, "t": _instant(e.get("t"), "expect.t")}.items())) for e in events
    )


async def _play(case: _Case) -> list[dict[str, Any]]:
    async with _world(case) as world:
        await world.opens()
        for at, where, action in _in_order(case):
            await world.until(at - 1)
            await world.acts(action, where)
        await world.until(_instant(case.get("until"), "until"))
        return await world.events()


def _in_order(case: _Case) -> list[tuple[Instant, str, Any]]:
    """Actions by time; at the same time as they are written."""
    places = ((f"actions[{i}]", action) for i, action in enumerate(_list(case, "actions")))
    found = [(_instant(a.get("at"), f"{where}.at"), where, a) for where, a in places]
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
async def _world(case: _Case) -> AsyncIterator[_World]:
    with tempfile.TemporaryDirectory(prefix="pixelview-") as folder:
        path = Path(folder) / "case.db"
        shutil.copy(_empty(), path)
        url, ring, ids = f"sqlite:///{path}", Ring([b"0" * 32]), Ids()
        reader, clock = Reader(url, ring, ids), _Clock(_instant(case.get("opened"), "opened"))
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

    def __init__(self, case: _Case, door: Door, clock: _Clock) -> None:
        self.case, self._door, self._clock = case, door, clock
        self._ticker = Ticker(door)
        self._zone = ZoneInfo(str(case.get("zone") or "UTC"))
        self._incident = 0

    async def opens(self) -> None:
        """The definitions are in force and one alert fires."""
        await self._put(_definitions(self.case))
        await self._door.open()
        await self._says(AlertStatus.FIRING)

    async def _put(self, new: Definitions) -> None:
        await self._door.system(lambda ctx: definitions.apply(ctx.tx, ctx.now, "case", new))
        await self._door.reload()

    async def _says(self, status: AlertStatus) -> None:
        source = await self._door.system(lambda ctx: access.source(ctx.tx, ctx.now, "case", "case"))
        severity = _severity(self.case.get("severity"), "severity")
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

    async def acts(self, action: _Case, where: str) -> None:
        """Somebody does something; a refusal is an answer too."""
        self._clock.at = max(self._clock.at, _instant(action.get("at"), f"{where}.at"))
        do = str(action.get("do"))
        changes = _CHANGES.get(do)
        if changes is not None:
            await self._put(changes(self._door.definitions(), action, where))
        elif do == "maintenance":
            ends = _instant(action.get("until"), f"{where}.until")
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

    def _actor(self, action: _Case) -> Actor:
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


def _reassign(action: _Case) -> tuple[str, dict[str, Any]]:
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


def _without(old: Definitions, action: _Case, where: str) -> Definitions:
    gone = str(action.get("person") or action.get("by"))
    return replace(old, people={h: p for h, p in old.people.items() if h != gone})


def _other_policy(old: Definitions, action: _Case, where: str) -> Definitions:
    """The policy as it is written there, else one that asks nobody any more."""
    written = action.get("policy")
    name = written if isinstance(written, str) else _MAIN
    new = (
        _policy(name, written, where) if isinstance(written, Mapping) else Policy(name, (Step(()),))
    )
    return replace(old, policies={**old.policies, name: new})


def _other_schedule(old: Definitions, action: _Case, where: str) -> Definitions:
    values = list(action.values())
    name = next((v for v in values if isinstance(v, str) and v in old.schedules), "")
    name = name or next(iter(old.schedules), "")
    written = next((v for v in values if isinstance(v, Mapping)), None)
    if written is None:
        raise Unreadable("names no schedule", where)
    new = _schedule(name, written, old.schedules[name].zone if name else "UTC", where)
    return replace(old, schedules={**old.schedules, name: new})


_CHANGES: dict[str, Any] = {
    "remove_person": _without,
    "edit_policy": _other_policy,
    "edit_schedule": _other_schedule,
}

# ---- reading -----------------------------------------------------------------------------------


def _definitions(case: _Case) -> Definitions:
    zone = str(case.get("zone") or "UTC")
    written = {**_mapping(case, "policies"), _MAIN: case.get("policy")}
    return Definitions(
        0,
        {n: _person(n, p, zone) for n, p in _mapping(case, "people").items()},
        {},
        (Route("case", policy=_MAIN),),
        {n: _policy(n, p, f"policies.{n}") for n, p in written.items()},
        {
            n: _schedule(n, s, zone, f"schedules.{n}")
            for n, s in _mapping(case, "schedules").items()
        },
    )


def _schedule(name: str, written: Any, zone: str, where: str) -> Schedule:
    inner = written.get("schedule", written) if isinstance(written, Mapping) else written
    zone = str(written.get("zone") or zone) if isinstance(written, Mapping) else zone
    return reading.schedule(inner, zone, where, name)


def _person(handle: str, written: _Case, zone: str) -> Person:
    rules, important = (_rules(written, k, f"people.{handle}") for k in ("rules", "important"))
    contacts = {r.via: handle for r in (*rules, *important) if r.via != "email"}
    address = f"{handle}@example.org"
    return Person(handle, handle, zone, address, ("responder",), contacts, rules, important)


def _rules(written: _Case, key: str, where: str) -> tuple[Rule, ...]:
    found = _list(_mapping_of(written, where), key, where)
    return tuple(Rule(_number(r, "after", 0, where), str(r.get("via"))) for r in found)


def _policy(name: str, written: Any, where: str) -> Policy:
    found = _mapping_of(written, where)
    steps = tuple(
        _step(s, f"{where}.steps[{i}]") for i, s in enumerate(_list(found, "steps", where))
    )
    fallback = tuple(_target(t, f"{where}.fallback") for t in _list(found, "fallback", where))
    return Policy(name, steps, _number(found, "repeat", 0, where), fallback)


def _step(written: _Case, where: str) -> Step:
    condition = written.get("if") or {}
    worked = condition.get("hours")
    until = written.get("until") or ACKNOWLEDGED
    if until not in (ACKNOWLEDGED, RESOLVED):
        raise Unreadable(f"{until!r} is neither acknowledged nor resolved", f"{where}.until")
    return Step(
        targets=tuple(_target(t, f"{where}.targets") for t in _list(written, "targets", where)),
        delay=_number(written, "delay", 5, where),
        important=bool(written.get("important")),
        severity=tuple(condition.get("severity") or ()),
        until=until,
        hours=hours.read(worked, "UTC", f"{where}.if.hours") if worked else None,
        multi_ack=bool(written.get("multi_ack")),
    )


def _target(written: Any, where: str) -> str:
    for kind, name in _mapping_of(written, where).items():
        if kind == "round_robin":
            names = (next(iter(n.values())) if isinstance(n, Mapping) else n for n in name)
            return f"round_robin:{','.join(map(str, names))}"
        return f"{kind}:{name}"
    raise Unreadable("names nobody", where)


def _severity(written: Any, where: str) -> Severity:
    try:
        return Severity(written)
    except ValueError:
        raise Unreadable(f"{written!r} is none of {', '.join(Severity)}", where) from None


def _instant(written: Any, where: str) -> Instant:
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Unreadable(f"{written!r} is no instant like 2026-07-15T10:00:00+00:00", where)
    return round(at.timestamp() * 1000)


def _mapping(case: _Case, key: str) -> _Case:
    return _mapping_of(case.get(key) or {}, key)


def _mapping_of(written: Any, where: str) -> _Case:
    if isinstance(written, Mapping):
        return written
    raise Unreadable("must be a mapping", where)


def _list(case: _Case, key: str, where: str = "") -> list[Any]:
    found = case.get(key) or []
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return found
    raise Unreadable("must be a list of mappings", f"{where}.{key}".strip("."))


def _number(case: _Case, key: str, default: int, where: str) -> int:
    value = case.get(key)
    if value is None:
        return default
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise Unreadable(f"{value!r} is no whole number", f"{where}.{key}")
