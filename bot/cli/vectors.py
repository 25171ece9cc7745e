"""``python -m bot vectors``: dated cases of who is on call and paged, answered by what pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from commands.rules import oncall
from commands.rules.oncall import reading, times
from commands.rules.oncall.times import Unreadable
from commands.rules.oncall.wall import clock_of
from store.clock import to_datetime
from store.model import Instant
from store.model.oncall import Schedule


def run(argv: list[str], out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Print ``{"id","ok","got"}`` for each line of a file (``-`` is stdin) and give 0.

    A line that can't be read gives ``{"id","ok","error","where"}``; a file that can't, 2.
    """
    if len(argv) != 1 or argv[0] in ("-h", "--help"):
        asked = bool(argv) and argv[0] in ("-h", "--help")
        print("usage: python -m bot vectors FILE", file=out if asked else err)
        return 0 if asked else 2
    try:
        text = sys.stdin.read() if argv[0] == "-" else Path(argv[0]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(json.dumps({"error": str(error), "where": "file"}), file=err)
        return 2
    for answer in answers(text.splitlines()):
        print(json.dumps(answer), file=out)
    return 0


def answers(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """One answer for each line that is not blank."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _answer(line, f"line {number}")


def _answer(line: str, where: str) -> dict[str, Any]:
    try:
        case = json.loads(line)
    except ValueError as error:
        return {"id": None, "ok": False, "error": f"no JSON: {error}", "where": where}
    if not isinstance(case, dict):
        return {"id": None, "ok": False, "error": "must be an object", "where": where}
    try:
        got, ok = (_escalation if "policy" in case else _oncall)(case)
    except Unreadable as error:
        return {"id": case.get("id"), "ok": False, "error": error.error, "where": error.where}
    except OverflowError:
        return {"id": case.get("id"), "ok": False, "error": "out of range", "where": where}
    return {"id": case.get("id"), "ok": ok, "got": got}


def _escalation(case: Mapping[str, Any]) -> tuple[Any, bool | None]:
    from bot.cli import vectors_escalation

    return vectors_escalation.answer(case)


def _oncall(case: Mapping[str, Any]) -> tuple[dict[str, Any], bool | None]:
    """Who is on call, in the shape of ``expect``, and whether that is what it expects."""
    zone = str(case.get("zone") or "UTC")
    schedule = reading.schedule(case.get("schedule"), zone)
    expect = case.get("expect") or {}
    if not isinstance(expect, dict):
        raise Unreadable("must be an object", "expect")
    got: dict[str, Any] = {}
    if "at" in expect:
        got["at"] = list(_at(schedule, expect["at"]))
    if "shifts" in expect or not got:
        got["shifts"] = list(_shifts(schedule, case.get("window")))
    return got, _same(got, expect) if expect else None


def _at(schedule: Schedule, asked: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise Unreadable("must be a list of objects", "expect.at")
    clock = clock_of(schedule.zone)
    for i, one in enumerate(asked):
        at = times.starts(one.get("t"), clock, f"expect.at[{i}].t")
        people = [each.person for each in oncall.who(schedule, at)]
        yield {"t": _said(at, schedule.zone), "people": people}


def _shifts(schedule: Schedule, window: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(window, dict):
        raise Unreadable("must be an object", "window")
    clock = clock_of(schedule.zone)
    start = times.starts(window.get("from"), clock, "window.from")
    end = times.ends(window.get("to"), clock, "window.to")
    for shift in oncall.shifts(schedule, start, end):
        yield {
            "start": _said(shift.start, schedule.zone),
            "end": _said(shift.end, schedule.zone),
            "people": list(shift.people),
        }


def _said(at: Instant, zone: str) -> str:
    """RFC 3339 with the zone's offset."""
    return to_datetime(at).astimezone(ZoneInfo(zone)).isoformat()


def _same(got: Any, expected: Any) -> bool:
    """Equal, where texts that are instants are compared as instants."""
    if isinstance(got, dict):
        return (
            isinstance(expected, dict)
            and got.keys() == expected.keys()
            and all(_same(got[key], expected[key]) for key in got)
        )
    if isinstance(got, list):
        return (
            isinstance(expected, list)
            and len(got) == len(expected)
            and all(_same(*pair) for pair in zip(got, expected, strict=True))
        )
    if got == expected:
        return True
    try:
        return datetime.fromisoformat(got) == datetime.fromisoformat(expected)
    except (TypeError, ValueError):
        return False
