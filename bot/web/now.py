"""The Now page: who has what, what happens next, and whether we can hear at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.cards import fold, words
from bot.cards.view import View, visible
from bot.web.listing import Found
from bot.web.wanted import Wanted
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
    total: int


@dataclass(frozen=True, slots=True)
class Soon:
    """Something that happens by itself."""

    at: int
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A view in the rail, with its count."""

    title: str
    url: str
    total: str
    here: bool


class Board:
    """Incidents as rows, for one reader at one instant."""

    def __init__(self, definitions: Definitions, now: int, me: str) -> None:
        self._definitions, self._now, self._me = definitions, now, me
        self._short = words.short_names(definitions.people.values())

    @property
    def teams(self) -> Iterable[str]:
        """The teams there are."""
        return self._definitions.teams

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
            return "until", f"{phase} until", i.snoozed_until or i.silenced_until
        nxt = i.next
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
        if nxt is None or nxt.at is None or i.status is IncidentStatus.RESOLVED:
            return None
        who = words.join([self.name(h) for h in nxt.who[:2]])
        step = f" step {nxt.step + 1}" if nxt.step is not None else ""
        said = {
            "page": f"pages {who}" if who else "pages",
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
    if i.snoozed_until is not None or i.silenced_until is not None:
        return "quiet"
    calm = i.severity is Severity.INFO and not i.paged and not i.asking
    waits = i.next is not None and i.next.kind == "page"
    return "quiet" if calm and not waits else "nobody"


_PLACES = {
    "nobody": "Nobody has it",
    "somebody": "Somebody has it",
    "quiet": "Quiet",
    "over": "Resolved",
}


def groups(board: Board, found: Sequence[Incident], wanted: Wanted) -> list[Group]:
    """The incidents in their groups, 50 on a page, the most urgent and youngest first."""
    key_of = _KEYS.get(wanted.group, _by_place)
    paired = [(key_of(i), i) for i in found]
    paired.sort(key=lambda ki: (ki[0][0], _urgency(ki[1]), -ki[1].opened_at))
    first = (wanted.page - 1) * PAGE if wanted.open else 0
    shown = paired[first : first + PAGE]
    totals = Counter(key for key, _ in paired)
    return [
        Group(str(key[1]), key[2], tuple(board.row(i) for k, i in shown if k == key), totals[key])
        for key in dict.fromkeys(k for k, _ in shown)
    ]


def _urgency(i: Incident) -> int:
    return 9 if i.status is IncidentStatus.RESOLVED else i.severity.rank


Key = tuple[object, str, str]


def _by_place(i: Incident) -> Key:
    where = place(i)
    return list(_PLACES).index(where), where, _PLACES[where]


def _by_severity(i: Incident) -> Key:
    return i.severity.rank, str(i.severity), str(i.severity).capitalize()


def _key(kind: str, text: str) -> str:
    return f"{kind}{crc32(text.encode('utf-8', 'replace'))}"


def _by_source(i: Incident) -> Key:
    return words.clean(i.source).casefold(), _key("s", i.source), words.clean(i.source)


def _by_team(i: Incident) -> Key:
    title = f"Team {words.clean(i.team)}" if i.team else "No team"
    return (i.team or "\uffff").casefold(), _key("t", i.team or ""), title


_KEYS: dict[str, Callable[[Incident], Key]] = {
    "who": _by_place,
    "severity": _by_severity,
    "source": _by_source,
    "team": _by_team,
}


def saved(everything: Found, board: Board, me: str, wanted: Wanted | None) -> list[Saved]:
    """Mine, Nobody has it, and one for each team that has something open."""
    found, more = everything.incidents, "" if everything.whole else "+"
    mine = sum(1 for i in found if me in {i.holder, i.assignee})
    nobody = sum(1 for i in found if place(i) == "nobody")
    views = [("Mine", {"who": "me"}, mine), ("Nobody has it", {"who": "nobody"}, nobody)]
    per_team = Counter(i.team for i in found if i.team)
    teams = sorted(set(per_team) | set(board.teams))
    views += [(f"Team {words.clean(t)}", {"team": t}, per_team[t]) for t in teams]
    here = dict(wanted.values) if wanted else None
    return [Saved(title, Wanted(v).url(), f"{total}{more}", v == here) for title, v, total in views]
