"""``python -m bot import``: settings from another tool's export, and who is on call otherwise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TextIO, cast

from bot.imports import compare, report, written
from bot.imports.base import Asked, Imported, Tool, known_zone
from bot.imports.bundle import gather
from bot.imports.records import Broken, documents
from bot.imports.spans import instant
from bot.settings import BadSettings, Settings, parse
from store.clock import DAY, SystemClock

TOOLS = ("oncall", "pagerduty", "opsgenie", "goalert")
SAME, DIFFERENT, UNREADABLE = 0, 1, 2


def tool(name: str) -> Tool:
    """The module that reads a tool's exports."""
    return cast(Tool, import_module(f"bot.imports.{name}"))


def run(argv: list[str], out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Write the settings and the report; 0 where everybody is on call as before, 1 where somebody
    else is, 2 where a file can't be read."""
    asked = _arguments(argv)
    try:
        if asked.out is not None and asked.out.exists() and not asked.force:
            raise Broken(str(asked.out), "", "is there already; --force writes over it")
        found = _read(asked)
        return _write(asked, found, out, err)
    except Broken as error:
        err.write(f"{error}\n")
    except OSError as error:
        err.write(f"{error.filename}: {error.strerror}\n")
    return UNREADABLE


def _read(asked: argparse.Namespace) -> Imported:
    reader = tool(asked.tool)
    files, aside = documents(asked.files)
    bundle = gather(files, reader.SHAPE)
    if not bundle.kinds:
        names = ", ".join(str(f) for f in asked.files)
        raise Broken(names, "", f"nothing of {reader.TITLE} is in it; see pv import --help")
    found = reader.read(bundle, _window(asked))
    for kind, file in bundle.unknown.items():
        found.left_out(kind, f"no kind of {reader.TITLE} that is known ({file})")
    for name in aside:
        found.left_out(name, "is no .json file")
    for said in bundle.missing():
        found.left_out("further pages", said)
    if found.people and not report.admins(found.people):
        found.approximated("roles", "nobody is an admin: give somebody roles: [admin]")
    return found


def _window(asked: argparse.Namespace) -> Asked:
    start = asked.start
    if start is None:
        start = SystemClock().now() // DAY * DAY
    return Asked(start, asked.days, asked.zone)


def _write(asked: argparse.Namespace, found: Imported, out: TextIO, err: TextIO) -> int:
    head = [f"Imported from {found.title}: {report.summary(found)}.", *report.notes(found)]
    text = written.text(found, head)
    settings = _parsed(text, asked.out, found.variables)
    window = _window(asked)
    known = settings.definitions()
    done = compare.compared(found, dict(known.schedules), window)
    say = err if asked.out is None else out
    if asked.out is None:
        out.write(text)
    else:
        asked.out.write_text(text, encoding="utf-8")
        head[0] += f" Written to {asked.out}."
    for line in (*head, *report.comparison(done, known, window)):
        say.write(line + "\n")
    return DIFFERENT if any(each.differences for each in done) else SAME


def _parsed(text: str, path: Path | None, variables: Mapping[str, str]) -> Settings:
    try:
        return parse(text, str(path or "the result"), variables)
    except BadSettings as error:
        raise Broken("", "", report.unreadable(error)) from None


# ---- arguments ---------------------------------------------------------------------------------


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pv import",
        description="Make people, teams, schedules, routes and policies of another tool's export "
        "into settings, and compare who is on call there and here.",
        epilog=_help(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("tool", choices=TOOLS, metavar="|".join(TOOLS))
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="JSON files, folders or zips of them"
    )
    parser.add_argument("--out", type=Path, help="the file to write (default: to stdout)")
    parser.add_argument("--force", action="store_true", help="write over an existing file")
    parser.add_argument("--days", type=_days, default=90, help="how many to compare (default: 90)")
    parser.add_argument(
        "--zone", type=_zone, default="UTC", help="of schedules that name none (default: UTC)"
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=_start,
        metavar="DATE",
        help="the first day to compare, such as 2026-11-26 (default: today)",
    )
    return parser.parse_args(argv)


def _help() -> str:
    parts = [f"{tool(name).TITLE} ({name})\n{tool(name).FILES}" for name in TOOLS]
    ends = "Exit: 0 nobody else is on call, 1 differences are listed, 2 a file can't be read."
    return "\n\n".join((*parts, ends))


def _days(said: str) -> int:
    days = int(said)
    if not 1 <= days <= 731:
        raise argparse.ArgumentTypeError("from 1 to 731")
    return days


def _zone(said: str) -> str:
    if not known_zone(said):
        raise argparse.ArgumentTypeError(f"{said} is not an IANA time zone such as Europe/Berlin")
    return said


def _start(said: str) -> int:
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{said} is no date like 2026-11-26") from None
    if not 1971 <= read.year <= 9000:
        raise argparse.ArgumentTypeError(f"{said} is out of range")
    return instant((read if read.tzinfo else read.replace(tzinfo=UTC)).replace(second=0))
