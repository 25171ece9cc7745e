"""Asking the record who did what, from where, and what it was before: ``record ana denied 7d``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from commands import recorded
from commands.context import View
from commands.errors import Invalid
from commands.oncall import zone_of
from commands.registry import CATALOG, arg, query
from commands.rules import record as rules
from commands.rules.record import BadQuestion
from commands.rules.when import BadTime, length_of, read_moment
from commands.told import Told
from store import audit
from store.audit import Cursor, Entry, Sought
from store.clock import iso
from store.db import Tx
from store.model import DAY, Instant

READ, EXPORT = "audit.read", "audit.export"
SHOWN, MOST = 10, 100
LOOKED = 40
"""Of so many pages of rows the record is looked through at once."""


@dataclass(frozen=True, slots=True)
class Record:
    """Arguments of ``record``."""

    what: str = arg(
        "words",
        "Who, verb, #incident, denied, slack, since=7d, address=… or words; all if left out.",
        default="",
    )
    limit: int = arg("number", "How many rows at most.", default=SHOWN)
    after: str = arg("text", "Where the last answer ended.", default="", only_if="typed")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows that were found, and where to go on: None at the end of the record."""

    entries: tuple[Entry, ...]
    after: Cursor | None = None


@query(
    "record",
    group="access",
    permission=READ,
    args=Record,
    audited=True,
    example="record ana denied",
)
async def record(view: View, args: Record) -> Told:
    """Who did what, from where, and what it was before: newest first."""
    sought = asked(view, args.what)
    limit = max(1, min(args.limit, MOST))
    page = await view.read(lambda tx: found(tx, sought, limit, cursor(args.after)))
    zone, now = zone_of(view), view.now
    lines = [recorded.line(entry, zone, now) for entry in page.entries]
    if not lines:
        lines.append("Nothing like that is on record.")
    elif page.after:
        link = f"{view.rules.url}/audit" if view.rules.url else "the console under /audit"
        lines.append(f"Older rows, before and after, and exports: {link}")
    facts = {
        "rows": [recorded.facts(entry) for entry in page.entries],
        "after": text_of(page.after) if page.after else None,
    }
    return Told(tuple(lines), facts)


def asked(view: View, text: str) -> Sought:
    """What words ask of the record; Invalid says what can't be read."""
    known = view.definitions.people
    handles = {h.casefold(): h for h in known} | {"pixelview": "pixelview", "operator": "operator"}
    try:
        given = rules.read(text, handles, {*CATALOG, "intake", "machine", "signin"})
    except BadQuestion as error:
        raise Invalid(str(error), "what") from None
    return sought(given, view.now, zone_of(view), handles)


def sought(
    given: Mapping[str, str], now: Instant, zone: str, handles: Collection[str] = ()
) -> Sought:
    """A question's parts as the store looks for them."""
    actor = given.get("actor", "").strip().lstrip("@")
    if isinstance(handles, Mapping):
        actor = handles.get(actor.casefold(), actor)
    incident = given.get("incident", "").strip().lstrip("#")
    if incident and not (incident.isdecimal() and len(incident) <= 15):
        raise Invalid(f"{incident} is not the number of an incident.", "incident")
    return Sought(
        actor=actor,
        verb=given.get("verb", "").strip().casefold(),
        incident=int(incident) if incident else None,
        outcome=given.get("outcome", "").strip().casefold(),
        surface=given.get("surface", "").strip().casefold(),
        address=given.get("address", "").strip(),
        since=instant(given.get("since", ""), now, zone, "since"),
        until=instant(given.get("until", ""), now, zone, "until"),
        words=given.get("words", "").strip(),
    )


def instant(text: str, now: Instant, zone: str, where: str) -> Instant | None:
    """``7d`` is seven days ago; ``today`` and ``yesterday`` begin at midnight."""
    bare = text.strip().casefold()
    if not bare:
        return None
    if (ago := length_of(bare)) is not None:
        return now - ago
    days = {"today": "0:00", "yesterday": "yesterday 0:00"}
    try:
        at = read_moment(days.get(bare, text.strip()), now, zone)
    except BadTime as error:
        raise Invalid(str(error), where) from None
    return at - DAY if bare == "today" and at > now else at


def found(tx: Tx, sought: Sought, limit: int, after: Cursor | None) -> Page:
    """The next rows that are meant, as far as the record is looked through at once."""
    entries: list[Entry] = []
    last = after
    for looked, page in enumerate(audit.search(tx, sought, after), 1):
        entries += page.entries
        last = page.last
        if len(entries) >= limit:
            more = len(entries) > limit or not page.ended
            shown = tuple(islice(entries, limit))
            return Page(shown, shown[-1].cursor if more else None)
        if page.ended:
            return Page(tuple(entries))
        if looked >= LOOKED:
            break
    return Page(tuple(entries), last)


def cursor(text: str) -> Cursor | None:
    """Where an answer ended, as its text."""
    if not text:
        return None
    at, _, rest = text.partition(".")
    seq, _, writer = rest.partition(".")
    if not (at.isdecimal() and seq.isdecimal() and writer):
        raise Invalid("That is not where an answer ended.", "after")
    return int(at), writer, int(seq)


def text_of(after: Cursor) -> str:
    """The same the other way."""
    return f"{after[0]}.{after[2]}.{after[1]}"


# ---- taken along -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Export:
    """Arguments of ``record-export``."""

    what: str = arg("words", "What of the record, as record takes it; all if left out.", default="")


@query(
    "record-export",
    group="access",
    permission=EXPORT,
    args=Export,
    audited=True,
    example="record-export since=30d",
)
async def record_export(view: View, args: Export) -> Told:
    """Where the record can be taken along as JSON lines, CSV or CEF."""
    sought_ = asked(view, args.what)
    given = {k: v for k, v in sought_.said().items() if k not in ("since", "until")}
    times = {k: iso(at) for k in ("since", "until") if (at := getattr(sought_, k)) is not None}
    url = f"{view.rules.url}/audit"
    if given or times:
        url += f"?{urlencode({**given, **times})}"
    lines = (f"Take it along as JSON lines, CSV or CEF: {url}",)
    return Told(lines, {"filter": sought_.said(), "url": url})


def sought_of(facts: Mapping[str, object]) -> Sought:
    """What ``record-export`` found, as the store looks for it."""
    given: dict[str, Any] = dict(facts["filter"])  # type: ignore[call-overload]
    return Sought(**given)


def day_of(now: Instant) -> str:
    """The day, for the name of a file."""
    return iso(now)[:10]
