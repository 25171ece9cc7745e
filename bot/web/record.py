"""The record in the console: who did what, before and after; filtered, in pages of a hundred, and
to be taken along in three formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.cards import words
from bot.record.download import Recording, download
from bot.record.formats import TYPES
from bot.web.frame import Frames
from bot.web.gate import Gate, form
from bot.web.ports import Doorway
from bot.web.session import HEADERS, Visit
from commands import record, recorded, rights
from commands.errors import Invalid, NotFound
from commands.registry import CATALOG
from commands.rules import record as rules
from commands.rules.record import OUTCOMES, Change, arguments, changes
from commands.words import surface_name
from store.audit import Entry

FIELDS = ("actor", "verb", "incident", "outcome", "surface", "address", "since", "until", "words")
SURFACES = ("slack", "discord", "web", "cli", "api", "email")


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the page shows it; ``steps`` are (incident, what, why) of the machine's."""

    at: int
    who: str
    handle: str
    deed: str
    about: tuple[int, ...]
    outcome: str
    where: str
    address: str
    say: str
    given: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    steps: tuple[tuple[int, str, str], ...]
    erased: bool
    place: str
    mac: str


class RecordPage:
    """The pages under /audit."""

    def __init__(self, door: Doorway, recording: Recording, frames: Frames) -> None:
        self._door, self._recording, self._frames = door, recording, frames

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """Their addresses, for who is signed in."""
        return [
            web.get("/audit", gate.signed(self.page)),
            web.post("/audit/export", gate.signed(self.export)),
        ]

    async def page(self, request: web.Request, visit: Visit) -> web.Response:
        """A hundred rows, newest first."""
        asked = {name: _clean(request.query.get(name, "")) for name in FIELDS}
        after = request.query.get("after", "")[:200]
        error, rows, older = "", list[Mapping[str, Any]](), None
        try:
            args = {"what": rules.text_of(asked), "limit": record.MOST, "after": after}
            told = await self._door.ask("record", args, visit.actor)
            rows, older = told.facts["rows"], told.facts["after"]
        except Invalid as wrong:
            error = wrong.error
        given = {name: value for name, value in asked.items() if value}
        return await self._frames.page(
            request, visit, "record.html", here="record", status=422 if error else 200,
            asked=asked, lines=[line(recorded.entry(row)) for row in rows], error=error,
            older=f"/audit?{urlencode({**given, 'after': older})}" if older else "",
            newest=f"/audit?{urlencode(given)}" if after else "", filtered=bool(given),
            people=self._people(), verbs=sorted({*CATALOG, "intake", "machine", "signin"}),
            outcomes=OUTCOMES, surfaces=[(s, surface_name(s)) for s in SURFACES],
            formats=[("jsonl", "JSON lines"), ("csv", "CSV"), ("cef", "CEF")],
            may=bool(rights.may(self._door.definitions(), visit.actor, record.EXPORT)),
        )  # fmt: skip

    def _people(self) -> list[tuple[str, str]]:
        known = self._door.definitions().people.values()
        return [(p.handle, words.clean(p.name)) for p in known]

    async def export(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The rows of a question as a file; that it was taken is on record before its first row."""
        values = await form(request)
        format_ = values.get("format", "jsonl")
        if format_ not in TYPES:
            raise NotFound(f"There is no format {words.cut(words.clean(format_), 20)}.")
        what = rules.text_of({name: _clean(values.get(name, "")) for name in FIELDS})
        told = await self._door.ask("record-export", {"what": what}, visit.actor)
        return await download(request, self._recording, visit.actor, told.facts, format_, HEADERS)


def _clean(value: str) -> str:
    return value.replace('"', " ").strip()[:200]


def line(entry: Entry) -> Line:
    """A row for people."""
    where = "" if entry.surface in ("", "system") else surface_name(entry.surface)
    steps = tuple(
        (int(step.get("incident") or 0), str(step.get("say", "")), str(step.get("why", "")))
        for step in entry.detail.get("lines") or ()
    )
    return Line(
        entry.at, entry.name, entry.actor.partition(":")[2], recorded.deed(entry),
        entry.incidents[:8], entry.outcome, where, entry.address,
        str(entry.detail.get("say") or ""), tuple(arguments(entry.detail)),
        tuple(changes(entry.detail)), steps, entry.erased,
        f"{entry.writer} {entry.seq}", entry.mac.hex(),
    )  # fmt: skip
