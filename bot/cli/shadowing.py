"""``pv shadow compare FILE``: whom the old tool paged by its export, against whom we would have."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.cli.operator import ME, door_of
from bot.settings import Settings, load
from commands import shadow
from store import audit, definitions
from store import shadow as rows
from store.clock import DAY
from store.model import Definitions, Instant, Person
from store.shadow import Record

_TIME = ("time", "at", "timestamp", "created_at", "created", "date", "sent_at", "notified_at")
_PERSON = ("person", "user", "who", "recipient", "email", "username", "user_name", "name")
_CHANNEL = ("channel", "via", "method", "type", "contact_method", "notification_type")
_TITLE = ("title", "summary", "message", "incident", "alert", "description", "subject")
_VIA = {
    "phone": "voice", "call": "voice", "phone_call": "voice", "voice": "voice", "sms": "sms",
    "text": "sms", "e-mail": "email", "mail": "email", "email": "email", "slack": "slack",
    "push": "webpush", "push_notification": "webpush", "mobile": "webpush",
}  # fmt: skip


class Unreadable(Exception):
    """A line of the record can't be read; the message names the line."""


async def run(settings: Settings, argv: Sequence[str]) -> int:
    """0 where both agree, 1 where they differ, 2 where the file can't be read."""
    asked = _parser().parse_args(list(argv))
    try:
        text = sys.stdin.read() if str(asked.file) == "-" else asked.file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        print(f"{asked.file}: {error}", file=sys.stderr)
        return 2
    async with door_of(settings) as door:
        known = await door.reader.read(definitions.load)
        try:
            found = list(records(text, known, asked.zone))
        except Unreadable as error:
            print(error, file=sys.stderr)
            return 2
        if not found:
            print("The file has no records.", file=sys.stderr)
            return 2

        def keep(ctx: Any) -> int:
            new = rows.keep(ctx.tx, ctx.now, found)
            said = {"records": len(found), "new": new}
            audit.append(ctx.tx, door.writer_name, ctx.now, ME, "shadow.compare", "ok", None, said)
            return new

        new = 0 if asked.dry else await door.system(keep)
        start, end = _span(found)
        told = await door.reader.read(lambda tx: shadow.report(tx, start, end))
        return _print(told, known, asked, (len(found), new))


def _print(
    told: shadow.Report, known: Definitions, asked: argparse.Namespace, count: tuple[int, int]
) -> int:
    strangers = sorted({a.person for a in told.theirs if a.person not in known.people})
    if asked.json:
        print(json.dumps({**shadow.facts_of(told), "unknown_people": strangers}, indent=1))
    else:
        print(f"{count[0]} records read, {count[1]} of them new.")
        print("\n".join(shadow.lines_of(told, known, asked.zone)))
        if strangers:
            print(f"Not among our people: {', '.join(strangers)}")
    return 0 if told.compared.alike else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pv shadow compare",
        description="Whom another tool paged against whom PixelView would have paged, from its "
        "export: CSV with a head line, or JSON lines, with time, person, channel (optional) and "
        "title. The record is kept for the daily report.",
    )
    parser.add_argument("file", type=Path, help="the export; - is stdin")
    parser.add_argument("--zone", default="UTC", type=_zone, help="of times that name none")
    parser.add_argument("--json", action="store_true", help="facts for programs")
    parser.add_argument("--dry", action="store_true", help="keep nothing: compare what is kept")
    return parser


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{text} is no time zone") from None
    return text


def _span(found: Sequence[Record]) -> tuple[Instant, Instant]:
    """The days around what the record has."""
    return min(r.at for r in found) - DAY // 24, max(r.at for r in found) + DAY // 24


# ---- reading -----------------------------------------------------------------------------------


def records(text: str, known: Definitions, zone: str) -> Iterator[Record]:
    """The lines of a CSV or JSONL export; Unreadable names the line that can't be read."""
    people = _by_name(known)
    for number, line in _lines(text):
        row = {str(k).strip().casefold().replace(" ", "_"): v for k, v in line.items() if k}
        when, who = _first(row, _TIME), _first(row, _PERSON)
        if not when or not who:
            missing = "time" if not when else "person"
            raise Unreadable(f"line {number}: no {missing}; it has {', '.join(row) or 'nothing'}")
        person = people.get(who.casefold(), who)
        via = _first(row, _CHANNEL).casefold().replace(" ", "_")
        yield Record(_instant(when, zone, number), person, _VIA.get(via, via), _first(row, _TITLE))


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if text.lstrip()[:1] == "[":
        for number, each in enumerate(_objects(text), 1):
            yield number, each
        return
    if text.lstrip()[:1] == "{":
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                yield number, _object(line, number)
        return
    reader = csv.DictReader(io.StringIO(text), dialect=_dialect(text))
    for row in reader:
        yield reader.line_num, row


def _objects(text: str) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"line 1: no JSON: {error}") from None
    return [_object(json.dumps(each), n) for n, each in enumerate(found, 1)]


def _object(line: str, number: int) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise Unreadable(f"line {number}: no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Unreadable(f"line {number}: must be an object")
    return found


def _dialect(text: str) -> type[csv.Dialect]:
    head = text.splitlines()[0] if text.strip() else ""

    class Found(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Found


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(row[n]).strip() for n in names if row.get(n) not in (None, "")), "")


def _by_name(known: Definitions) -> dict[str, str]:
    """Every way people are called: handle, name, e-mail, first name where only one has it."""
    found: dict[str, str] = {}
    people = list(known.people.values())
    for first in {p.first_name.casefold() for p in people}:
        mine = [p for p in people if p.first_name.casefold() == first]
        if len(mine) == 1:
            found[first] = mine[0].handle
    for person in people:
        found |= dict.fromkeys(_names(person), person.handle)
    return found


def _names(person: Person) -> tuple[str, ...]:
    names = (person.handle, person.name, person.email or person.handle)
    return tuple(name.casefold() for name in names)


def _instant(text: str, zone: str, number: int) -> Instant:
    try:
        if text.replace(".", "", 1).isdecimal():
            seconds = float(text)
            return round(seconds if seconds > 1e11 else seconds * 1000)
        at = datetime.fromisoformat(text.replace(" UTC", "+00:00").strip())
    except (ValueError, OverflowError):
        raise Unreadable(f"line {number}: {text!r} is no time like 2026-11-24T03:09:00Z") from None
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    return round(at.timestamp() * 1000)


def main(argv: Sequence[str]) -> int:
    """The command with its words."""
    return asyncio.run(run(load(), argv))
