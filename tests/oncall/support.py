"""Schedules and what is expected of them, written short enough to be read as tables."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from commands.rules import oncall
from commands.rules.oncall import reading
from store.model.oncall import Schedule


def layer(**written: Any) -> dict[str, Any]:
    return {"name": "primary", "priority": 1, **written}


def rotation(start: str, kind: str, *people: str, length: int = 1, **more: Any) -> dict[str, Any]:
    """A layer whose turns are written ``ana`` or ``ana+bob``; an empty one is nobody's."""
    turns = [turn.split("+") if turn else [] for turn in people]
    written = {"kind": kind, "length": length, "people": turns, **more.pop("rotation", {})}
    return layer(start=start, rotation=written, **more)


def schedule(zone: str, *layers: dict[str, Any], **changes: Any) -> Schedule:
    return reading.schedule({"layers": list(layers), **changes}, zone)


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1000


def said(at: int, zone: str) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).isoformat(timespec="minutes")


def table(of: Schedule, start: str, end: str) -> list[str]:
    """Each shift as ``start end ana+bob`` with the offsets of the schedule's zone."""
    return [
        f"{said(each.start, of.zone)} {said(each.end, of.zone)} {'+'.join(each.people)}"
        for each in oncall.shifts(of, instant(start), instant(end))
    ]


def people(of: Schedule, at: str) -> str:
    return "+".join(each.person for each in oncall.who(of, instant(at)))
