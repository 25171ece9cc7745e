"""Dated cases of who is paged when: played through the door and the ticker under a virtual clock.

Only the shapes of cases are read here; what happens is decided and recorded by the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from commands import maintaining
from commands.context import Ctx, Rulebook
from commands.door import SYSTEM
from commands.errors import CommandError
from commands.night import Event
from commands.people import actor_of
from commands.rules.oncall.times import Unreadable
from commands.simulation import Simulation, simulation
from store.clock import to_datetime
from store.model import (
    Actor,
    AlertReading,
    AlertStatus,
    Definitions,
    Instant,
    Policy,
    Step,
)
from store.model.maintenance import Behaviour, Window

RULES = Rulebook(assign_lease=0)
"""What is settable and cases leave out: leases."""


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
    opened = instant_of(case.get("opened"), "opened")
    async with simulation(opened, definitions_of(case), RULES) as engine:
        world = _World(case, engine)
        await world.says(AlertStatus.FIRING)
        for at, where, action in _in_order(case):
            await engine.until(at - 1)
            await world.acts(action, where)
        await engine.until(instant_of(case.get("until"), "until"))
        return await world.events()


def _in_order(case: Case) -> list[tuple[Instant, str, Any]]:
    """Actions by time; at the same time as they are written."""
    places = ((f"actions[{i}]", action) for i, action in enumerate(mappings(case, "actions")))
    found = [(instant_of(a.get("at"), f"{where}.at"), where, a) for where, a in places]
    return sorted(found, key=lambda each: each[0])


class _World:
    """One case in the engine."""

    def __init__(self, case: Case, engine: Simulation) -> None:
        self._case, self._engine = case, engine
        self._door = engine.door
        self._zone = ZoneInfo(str(case.get("zone") or "UTC"))
        self._incident = 0

    async def says(self, status: AlertStatus) -> None:
        """The monitor says that it fires, or that it is over."""
        severity = severity_of(self._case.get("severity"), "severity")
        alert = AlertReading("case", status, severity, str(self._case.get("id") or "case"))
        accepted = await self._engine.hears("case", "case", alert)
        self._incident = accepted.incident_id or self._incident

    # actions

    async def acts(self, action: Case, where: str) -> None:
        """Somebody does something; a refusal is an answer too."""
        self._engine.move(instant_of(action.get("at"), f"{where}.at"))
        do = str(action.get("do"))
        changes = _CHANGES.get(do)
        if changes is not None:
            await self._engine.put(changes(self._door.definitions(), action, where))
        elif do == "maintenance":
            ends = instant_of(action.get("until"), f"{where}.until")
            await self._door.system(lambda ctx: _maintain(ctx, ends))
        elif do == "resolve" and action.get("by") in (None, "monitor"):
            await self.says(AlertStatus.RESOLVED)
        elif do in _VERBS:
            verb, args = _VERBS[do](action)
            try:
                await self._engine.does(
                    verb, {"incident": self._incident, **args}, self._actor(action)
                )
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
        found = await self._engine.events(self._incident)
        return [{"t": self._said(event.at), **said} for event in found for said in _shape(event)]

    def _said(self, at: Instant) -> str:
        return to_datetime(at).astimezone(self._zone).isoformat()


def _shape(event: Event) -> Iterator[dict[str, Any]]:
    if event.kind == "skip":
        yield {"event": "skip", **event.detail}
    elif event.kind == "exhausted":
        yield {"event": "exhausted"}
    elif event.kind == "page":
        named = {"fallback": "fallback", "person": "reassign"}
        yield {
            "event": "page",
            "step": named.get(event.by, event.step),
            "loop": event.loop,
            "person": event.person,
            "via": event.via,
            "why": f"rule after {event.after} min" if event.after else "step",
        }


def _maintain(ctx: Ctx, ends: Instant) -> None:
    """Everything is worked on from now until then."""
    all_ = Window(0, "all", Behaviour.NO_PAGES, ctx.now, ends, "UTC", first=(ctx.now, ends))
    maintaining.make(ctx, all_)


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
