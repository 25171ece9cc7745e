"""The Now page: who has what, what happens next, and whether we can hear at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.cards import fold, words
from bot.cards.view import View, in_maintenance, visible
from store.model import Definitions, Incident, IncidentDetail, IncidentStatus, Severity

PAGE = 50
_SOON = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One incident in a list. ``next_kind`` is page, asks, until, nothing or over."""

    id: int
    rev: int
    mark: str
    word: str
    severity: str
    title: str
    about: str
    phase: str
    place: str
    who: str
    full: str
    handle: str
    asking: str
    next_kind: str
    next_text: str
    next_at: int | None
    opened_at: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading."""

    name: str
    title: str
    rows: tuple[Row, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Soon:
    """Something that happens by itself."""

    at: int
    id: int
    text: str


class Board:
    """Incidents as rows, for one reader at one instant."""

    def __init__(self, definitions: Definitions, now: int, me: str) -> None:
        self._definitions, self._now, self._me = definitions, now, me
        self._short = words.short_names(definitions.people.values())

    @property
    def teams(self) -> Iterable[str]:
        """The teams there are."""
        return self._definitions.teams

    @property
    def known(self) -> Definitions:
        """The definitions in force."""
        return self._definitions

    def name(self, handle: str | None) -> str:
        """The first name of a handle, or the handle."""
        return self._short.get(words.bare(handle or ""), words.clean(words.bare(handle or "")))

    def _full(self, handle: str | None) -> str:
        person = self._definitions.people.get(handle or "")
        return words.clean(person.name) if person else self.name(handle)

    def row(self, i: Incident) -> Row:
        """One incident."""
        phase = View(IncidentDetail(i), self._definitions, "", self._now).phase
        over = i.status is IncidentStatus.RESOLVED
        kind, text, at = self._next(i, phase)
        asking = words.join([self.name(h) for h in i.asking[:2]]) if not i.holder else ""
        return Row(
            id=i.id,
            rev=i.rev,
            mark="resolved" if over else str(i.severity),
            word="Resolved" if over else str(i.severity).capitalize(),
            severity=str(i.severity),
            title=words.title(i.title, 200),
            about=" · ".join(self._about(i)),
            phase=phase,
            place=place(i),
            who=self.name(i.holder) if i.holder else "",
            full=self._full(i.holder),
            handle=i.holder or "",
            asking=asking,
            next_kind=kind,
            next_text=text,
            next_at=at,
            opened_at=i.opened_at,
            mine=self._me in i.asking or i.assignee == self._me,
        )

    def _about(self, i: Incident) -> Iterable[str]:
        yield f"#{i.id}"
        if i.service or i.resource:
            yield words.cut(words.clean(i.service or i.resource or ""), 40)
        if i.team:
            yield f"team {words.cut(words.clean(i.team), 30)}"
        yield from (visible(label) for label in fold.labels(i)[:1])
        yield from (f"#{words.cut(words.clean(t), 24)}" for t in i.tags[:1])
        yield words.count(i.alerts_total, "alert")

    def _next(self, i: Incident, phase: str) -> tuple[str, str, int | None]:
        """kind, words, instant."""
        if phase == "merged":
            return "over", f"part of #{i.merged_into}", None
        if phase == "resolved":
            by = f"by {self.name(i.resolved_by)}" if i.resolved_by else "by itself"
            return "over", by, i.resolved_at
        if phase in {"snoozed", "silenced"}:
            by = f" by {self.name(i.hush.by)}" if i.hush and phase == "silenced" else ""
            at = i.silenced_until if phase == "silenced" else i.snoozed_until
            return "until", f"{phase}{by} until", at
        if phase == "held":
            under = f"under #{i.under}" if i.under is not None else f"rule {words.clean(i.held_by)}"
            return "until", under, None
        nxt = i.next
        if phase == "maintenance" and nxt is not None:
            return "until", "maintenance until", nxt.at
        if nxt is None:
            return "nothing", "paging stopped" if i.holder else "nobody is asked", None
        if nxt.kind == "page":
            return "page", words.join([self.name(h) for h in nxt.who[:2]]), nxt.at
        if nxt.kind == "nothing":
            return "nothing", words.cut(words.clean(nxt.why), 60) or "nobody after that", None
        over = "ends with the last alert"
        said = {"asks_again": "asks again", "check_in": "pages again", "resolves": over}
        return "asks", said.get(nxt.kind, nxt.kind.replace("_", " ")), nxt.at

    def soon(self, found: Iterable[Incident]) -> list[Soon]:
        """What happens next by itself, the soonest first."""
        out = [s for i in found if (s := self._soon(i))]
        return sorted(out, key=lambda s: (s.at, s.id))[:_SOON]

    def _soon(self, i: Incident) -> Soon | None:
        nxt = i.next
        over = i.status is IncidentStatus.RESOLVED
        if nxt is None or nxt.at is None or nxt.kind == "waits" or over:
            return None
        who = words.join([self.name(h) for h in nxt.who[:2]])
        step = f" step {nxt.step + 1}" if nxt.step is not None else ""
        said = {
            "page": f"pages {who}" if who else "nobody to page for",
            "asks_again": f"asks {self.name(i.holder)} about",
            "check_in": "pages again for",
            "unsnooze": "wakes",
        }.get(nxt.kind, nxt.kind.replace("_", " "))
        return Soon(nxt.at, i.id, f"{said} #{i.id}{step}")


def place(i: Incident) -> str:
    """The default grouping asks the question of 3 a.m.: does somebody have it?"""
    if i.status is IncidentStatus.RESOLVED:
        return "over"
    if i.holder:
        return "somebody"
    if i.snoozed_until is not None or i.silenced_until is not None or i.held_by:
        return "quiet"
    if in_maintenance(i):
        return "quiet"
    calm = i.severity is Severity.INFO and not i.paged and not i.asking
    waits = i.next is not None and i.next.kind == "page"
    return "quiet" if calm and not waits else "nobody"
