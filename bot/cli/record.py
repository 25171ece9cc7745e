"""``pv audit verify | search | export``: the record checked, asked and written out on the machine
itself."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bot.record import anchors
from bot.record.formats import TYPES, WRITERS, header
from commands import record, recorded
from commands.door import Door
from commands.errors import Invalid
from commands.registry import CATALOG
from commands.rules import record as rules
from commands.rules.record import BadQuestion
from commands.words import count, date
from store import audit
from store.audit import Report, Sought
from store.db import Tx
from store.model import Actor

ME = Actor("system", "operator", "the operator", "cli", ("admin",))
FLAWS_SHOWN = 50


def arguments(parts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What ``pv audit`` takes."""
    audit_ = parts.add_parser("audit", help="audit verify | search | export: the record")
    what = audit_.add_subparsers(dest="what", required=True)
    verify = what.add_parser("verify", help="check every row and anchor; exit 1 where one is bad")
    verify.add_argument("--since", help="only what came after: 7d, 2026-11-01, yesterday")
    verify.add_argument(
        "--anchors", metavar="FILE", help="anchors kept elsewhere, pasted ones too; - reads stdin"
    )
    verify.add_argument("--export", metavar="FILE", help="check an export in JSON lines instead")
    search = what.add_parser("search", help="what is on record: audit search ana denied since=7d")
    search.add_argument("words", nargs="*")
    search.add_argument("--limit", type=int, default=50)
    export = what.add_parser("export", help="the record as JSON lines, CSV or CEF")
    export.add_argument("words", nargs="*")
    export.add_argument("--format", choices=list(TYPES), default="jsonl")
    export.add_argument("--out", metavar="FILE", help="where to (default: standard output)")


async def run(door: Door, args: argparse.Namespace) -> int:
    """One of them; the exit status."""
    try:
        if args.what == "search":
            return await _search(door, args)
        if args.what == "export":
            return await _export(door, args)
        return await _verify(door, args)
    except (Invalid, BadQuestion, OSError) as error:
        print(error, file=sys.stderr)
        return 2


# ---- verify ------------------------------------------------------------------------------------


async def _verify(door: Door, args: argparse.Namespace) -> int:
    began = time.monotonic()
    if args.export:
        report = await door.reader.read(lambda tx: audit.check_export(tx, _rows_of(args.export)))
    else:
        since = record.instant(args.since or "", door.clock.now(), "UTC", "since") or 0
        outside = list(anchors.read(_text_of(args.anchors))) if args.anchors else []
        if args.anchors and not outside:
            print(f"there is no anchor in {args.anchors}", file=sys.stderr)
            return 2
        report = await door.reader.read(lambda tx: audit.examine(tx, since, outside))
    for said in _removals(report):
        print(said)
    for writer, first, last in report.gaps[:FLAWS_SHOWN]:
        rows = f"row {first:,} is" if first == last else f"rows {first:,}–{last:,} are"
        print(f"{writer}: {rows} not in the file")
    if len(report.gaps) > FLAWS_SHOWN:
        print(f"and {len(report.gaps) - FLAWS_SHOWN} more gaps")
    for flaw in report.flaws[:FLAWS_SHOWN]:
        print(f"{flaw.where}: {flaw.what}", file=sys.stderr)
    if len(report.flaws) > FLAWS_SHOWN:
        print(f"and {len(report.flaws) - FLAWS_SHOWN} more", file=sys.stderr)
    print(_summary(report, time.monotonic() - began))
    return 1 if report.flaws else 0


def _summary(report: Report, seconds: float) -> str:
    parts = [f"{count(report.rows, 'row')} and {count(report.anchors, 'anchor')} read"]
    if report.agreed:
        parts.append(f"{count(report.agreed, 'anchor')} as posted")
    if report.erased:
        parts.append(f"{len(report.erased)} without their detail, erased on record")
    parts.append(f"{count(len(report.flaws), 'flaw')}")
    rate = round(report.rows / max(seconds, 0.001))
    return f"{', '.join(parts)} ({rate} rows/s)"


def _removals(report: Report) -> Iterator[str]:
    """``main: rows 1–5,000 removed on … by retention``, neighbours of a day as one."""
    shown: list[list[Any]] = []
    for stub in report.removed:
        day = stub.at // 86_400_000
        if shown and shown[-1][0] == stub.writer and shown[-1][3] == day:
            shown[-1][2] = stub.last
        else:
            shown.append([stub.writer, stub.first, stub.last, day, stub.at])
    for writer, first, last, _, at in shown:
        rows = "anchors" if writer == audit.ANCHORS else f"{writer}: rows"
        yield f"{rows} {first:,}–{last:,} removed on {date(at, 'UTC', year=True)} by retention"


def _text_of(path: str) -> str:
    return sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")


def _rows_of(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError:
                raise Invalid(f"{path} line {number}: not JSON", "export") from None


# ---- search and export -------------------------------------------------------------------------


async def _asked(door: Door, words: Sequence[str]) -> Sought:
    people = await door.reader.read(_people)
    given = rules.read(" ".join(words), people, CATALOG)
    return record.sought(given, door.clock.now(), "UTC")


def _people(tx: Tx) -> set[str]:
    from store import definitions

    return set(definitions.load(tx).people)


async def _search(door: Door, args: argparse.Namespace) -> int:
    sought = await _asked(door, args.words)
    found = await door.reader.read(lambda tx: _first(tx, sought, args.limit))
    await _note(door, "record", {"filter": sought.said(), "count": len(found)})
    for entry in found:
        print(recorded.line(entry, "UTC", door.clock.now()))
    return 0


def _first(tx: Tx, sought: Sought, limit: int) -> list[audit.Entry]:
    entries: list[audit.Entry] = []
    for stretch in audit.search(tx, sought):
        entries += stretch.entries
        if len(entries) >= limit:
            break
    return entries[:limit]


async def _export(door: Door, args: argparse.Namespace) -> int:
    sought = await _asked(door, args.words)
    detail = {"filter": sought.said(), "format": args.format}
    await _note(door, "audit.export", {**detail, "say": "begun"})
    written = 0

    def write(tx: Tx) -> None:
        nonlocal written
        with _target(args.out) as target:
            target.write(header(args.format))
            for stretch in audit.search(tx, sought):
                target.write(WRITERS[args.format](stretch.entries))
                written += len(stretch.entries)

    try:
        await door.reader.read(write)
    finally:
        await _note(door, "audit.export", {**detail, "count": written, "say": "ended"})
    print(f"{count(written, 'row')} written", file=sys.stderr)
    return 0


@contextmanager
def _target(path: str | None) -> Iterator[IO[str]]:
    if path is None:
        yield sys.stdout
        return
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        yield file


async def _note(door: Door, verb: str, detail: dict[str, Any]) -> None:
    await door.system(
        lambda ctx: audit.append(
            ctx.tx, door.writer_name, ctx.now, ME, verb, "ok", None, detail
        )
    )  # fmt: skip
