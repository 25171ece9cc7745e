"""What people type to see a list: a filter, and beside it times, groups and an order. Pure.

``critical,error team=db since yesterday group=service``; the filter itself is read by ``filters``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from commands.rules import filters
from commands.rules.filters import BadFilter, Filter
from commands.rules.when import BadTime, length_of, read_moment, read_when, zoned
from store.model import DAY, Definitions, Incident, IncidentGroup, IncidentStatus, Instant

SORTS = ("newest", "worst", "oldest")
MOST = 1000
_COMPARED = re.compile(r"^(opened|resolved|age)(>=?|<=?)(.*)$", re.IGNORECASE)
_NAMED = re.compile(
    r"^(since|after|before|until|group|sort|limit|view)(?:=|:(?!/))(.*)$", re.IGNORECASE
)
_ALONE = {"since": "since", "after": "since", "before": "before"}
_SHORT_FOR = {"sev": "severity", "state": "status", "person": "who", "holder": "who"}
_LONGEST_TIME = 5
_BARE_DAY = "0:00"


@dataclass(frozen=True, slots=True)
class When:
    """A bound on when something was opened or resolved: from ``at`` on, or before it."""

    about: str
    first: bool
    at: Instant
    said: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which incidents a list shows and how; an empty ``group``, ``sort`` or ``view`` and a limit
    of 0 were not said."""

    filter: Filter = field(default_factory=Filter)
    times: tuple[When, ...] = ()
    group: str = ""
    sort: str = ""
    limit: int = 0
    view: str = ""

    def span(self, about: str) -> tuple[Instant | None, Instant | None]:
        """From when on and before when something was opened or resolved."""
        mine = [t for t in self.times if t.about == about]
        first = max((t.at for t in mine if t.first), default=None)
        return first, min((t.at for t in mine if not t.first), default=None)

    @property
    def states(self) -> tuple[str, ...]:
        """The states that are asked for by name; none where nothing was said of them."""
        term = self.filter.of("status")
        return () if term is None or term.but else term.globs

    @property
    def words(self) -> str:
        """The same in words, to be read again."""
        named = {"group": self.group, "sort": self.sort, "limit": str(self.limit or "")}
        rest = (f"{name}={quoted(value)}" for name, value in named.items() if value)
        terms, words = map(str, self.filter.terms), map(word, self.filter.words)
        return " ".join((*terms, *words, *(t.said for t in self.times), *rest))

    @property
    def said(self) -> str:
        """The same as people say it: ``critical, team=db, since 2h``."""
        return ", ".join((*map(_said, self.filter.terms), *self._said_words()))

    def _said_words(self) -> Iterable[str]:
        yield from (f"“{word}”" for word in self.filter.words)
        yield from (t.said.replace("=", " ", 1).replace('"', "") for t in self.times)

    def within(self, view: Asked) -> Asked:
        """Both, where the words of a saved view were said as well: more of them narrow it, a state,
        groups and an order take the place of its own."""
        inner = view.filter.terms
        if self.filter.of("status") is not None:
            inner = tuple(t for t in inner if t.name != "status")
        both = Filter((*inner, *self.filter.terms), (*view.filter.words, *self.filter.words))
        return Asked(
            both, (*view.times, *self.times), self.group or view.group, self.sort or view.sort,
            self.limit or view.limit,
        )  # fmt: skip


def _said(term: filters.Term) -> str:
    bare = term.name in ("severity", "status", "who") and not term.but
    return ",".join(_STATE.get(g, g) for g in term.globs) if bare else str(term)


_STATE = {"triggered": "new", "me": "mine", "*": "all"}


def word(text: str) -> str:
    """A word that is looked for, also where it would mean something else."""
    mere = filters.of_tokens([text]) == Filter(words=(text,)) and text[:2] != "q="
    named = _NAMED.match(text) or _COMPARED.match(text) or text in _ALONE or text in _SPECIAL
    return quoted(text) if mere and not named else f"q={quoted(text)}"


_SPECIAL = frozenset((*filters.PAIRS, "last", "group", "opened", "resolved", "age"))


def quoted(text: str) -> str:
    """A value so that it is read as one."""
    return str(Filter(words=(text,)))


def read(text: str, now: Instant, zone: str) -> Asked:
    """What the words of a list ask for, by somebody in ``zone`` at ``now``; BadFilter says what is
    wrong with them.

    Beside a filter: ``since yesterday``, ``since=2h``, ``before=mon``, ``last 24h``, ``opened>2h``
    (longer ago), ``resolved<1d``, ``group=service``, ``group by service``, ``sort=worst``,
    ``limit=5``, ``view:name``. Of what is resolved alone, ``since`` and ``before`` are about when
    it was.
    """
    return settled(of_tokens(filters.split(text), now, zone))


def of_tokens(tokens: Sequence[str], now: Instant, zone: str) -> Asked:
    """What words without quotation marks ask for, before the whole of it is known."""
    reader = _Reader(now, zone)
    rest, words = list[str](), list[str]()
    while tokens:
        taken = reader.take(tokens)
        if not taken:
            mere = tokens[0][:2].casefold() == "q=" and tokens[0][2:].strip()
            token = "status=all" if tokens[0].casefold() == "all" else tokens[0]
            (words if mere else rest).append(mere.casefold() if mere else token)
        tokens = tokens[taken or 1 :]
    found = filters.of_tokens(rest)
    return replace(reader.asked, filter=Filter(found.terms, (*found.words, *words)))


def settled(asked: Asked) -> Asked:
    """Times that say nothing else are about the opening, or of what is resolved about that."""
    about = "resolved" if asked.states == ("resolved",) else "opened"
    times = tuple(replace(t, about=t.about or about) for t in asked.times)
    return replace(asked, times=times)


def by_handle(asked: Asked, known: Definitions) -> Asked:
    """People by their handle, however they are named: ``@omar``, ``Omar Haddad``."""
    handles = {p.name.casefold(): h.casefold() for h, p in known.people.items()}

    def handle(glob: str) -> str:
        bare = glob.removeprefix("@")
        return handles.get(bare, bare)

    terms = (
        replace(t, globs=tuple(map(handle, t.globs))) if t.name == "who" else t
        for t in asked.filter.terms
    )
    return replace(asked, filter=Filter(tuple(terms), asked.filter.words))


def is_open(asked: Asked) -> bool:
    """Nothing that is over is asked for."""
    mine = [t for t in asked.filter.terms if t.name == "status"]
    return not mine or any(not t.fits(lambda _: ("resolved",)) for t in mine)


def fits(asked: Asked, incident: Incident, me: str) -> bool:
    """Whether an incident is in a list; without a word about it only what is open is."""
    mine = [t for t in asked.filter.terms if t.name == "status"]
    if not mine and incident.status is IncidentStatus.RESOLVED:
        return False
    for when in asked.times:
        at = incident.resolved_at if when.about == "resolved" else incident.opened_at
        if at is None or (at >= when.at) is not when.first:
            return False
    return asked.filter.fits(filters.of_incident(incident, me))


class _Reader:
    """Takes what is no filter from the front of the words."""

    def __init__(self, now: Instant, zone: str) -> None:
        self._now, self._zone = now, zone
        self.asked = Asked()

    def take(self, tokens: Sequence[str]) -> int:
        """How many tokens were taken."""
        token = tokens[0]
        if found := _NAMED.match(token):
            return self._named(found[1].casefold(), found[2].strip(), tokens)
        spaced = len(tokens) > 1 and tokens[1][:1] in ("<", ">")
        if found := _COMPARED.match(token + tokens[1] if spaced else token):
            tokens = tokens[1:] if spaced else tokens
            taken = self._compared(found[1].casefold(), found[2][0], found[3].strip(), tokens)
            return taken + spaced
        word = token.casefold()
        if word == "group" and len(tokens) > 2 and tokens[1].casefold() == "by":
            self._group(tokens[2])
            return 3
        if word in _ALONE:
            return self._alone(word, tokens)
        if word == "last":
            return self._last(tokens)
        return 0

    def _named(self, name: str, value: str, tokens: Sequence[str]) -> int:
        if name in ("since", "after", "before", "until"):
            first = name in ("since", "after")
            at, more = self._time(name, value, tokens)
            self._bound("", first, at, "since=" if first else "before=", (value, *tokens[1:more]))
            return more
        if not value:
            raise BadFilter(f"{name}= has no value.{_TRY.get(name, '')}")
        if name == "group":
            self._group(value)
        elif name == "sort":
            if value.casefold() not in SORTS:
                raise BadFilter(f"{value} is no order: {', '.join(SORTS)}.")
            self.asked = replace(self.asked, sort=value.casefold())
        elif name == "limit":
            if not value.isdecimal() or not 0 < int(value[:6]) <= MOST:
                raise BadFilter(f"limit={value} is not a number from 1 to {MOST}.")
            self.asked = replace(self.asked, limit=int(value))
        else:
            self.asked = replace(self.asked, view=value)
        return 1

    def _group(self, value: str) -> None:
        self.asked = replace(self.asked, group=group_name(value))

    def _alone(self, word: str, tokens: Sequence[str]) -> int:
        """``since yesterday 9am``: the most words that read as a time; else it is a mere word."""
        for count in range(min(_LONGEST_TIME, len(tokens) - 1), 0, -1):
            at = self._moment(" ".join(tokens[1 : 1 + count]))
            if at is not None:
                self._bound("", _ALONE[word] == "since", at, f"{word}=", tokens[1 : 1 + count])
                return 1 + count
        return 0

    def _last(self, tokens: Sequence[str]) -> int:
        for count in (2, 1):
            length = length_of(" ".join(tokens[1 : 1 + count]).casefold())
            if length is not None and len(tokens) > count:
                self._bound("", True, self._now - length, "since=", tokens[1 : 1 + count])
                return 1 + count
        return 0

    def _compared(self, name: str, sign: str, value: str, tokens: Sequence[str]) -> int:
        """``opened>2h`` is longer ago than that; of an instant, later."""
        about = "resolved" if name == "resolved" else "opened"
        at, more = self._time(f"{name}{sign}", value, tokens)
        words = " ".join((value, *tokens[1:more])).strip().casefold()
        ago = length_of(words) is not None or words.endswith(" ago")
        first = (sign == ">") is not ago
        self._bound(about, first, at, f"{name}{sign}", (value, *tokens[1:more]))
        return more

    def _time(self, name: str, value: str, tokens: Sequence[str]) -> tuple[Instant, int]:
        """The instant of ``name=value``, where blanks may go on after it: ``since=mon 9:00``."""
        for count in range(min(_LONGEST_TIME, len(tokens) - 1), -1, -1):
            words = " ".join((value, *tokens[1 : 1 + count]))
            at = self._moment(words.strip()) if words.strip() else None
            if at is not None:
                return at, 1 + count
        if not value:
            raise BadFilter(f"{name} has no value.{_TRY['since']}")
        raise BadFilter(f"{value} is not a time.{_TRY['since']}")

    def _moment(self, words: str) -> Instant | None:
        try:
            at = past(words, self._now, self._zone)
        except BadTime:
            return None
        if at > self._now:
            raise BadFilter(f"{words} is still to come.{_TRY['since']}")
        return at

    def _bound(self, about: str, first: bool, at: Instant, said: str, words: Sequence[str]) -> None:
        said += quoted(" ".join(w for w in words if w))
        times = (*self.asked.times, When(about, first, at, said))
        self.asked = replace(self.asked, times=times)


_TRY = {
    "since": " Try: 2h, yesterday, mon 9:00, 24 dec, 2026-11-22 03:00.",
    "group": " Try: severity, team, service, source, type, status, who, host, tag or a label.",
    "sort": f" Try: {', '.join(SORTS)}.",
    "limit": " Try: limit=10.",
    "view": " Try: views",
}


def past(words: str, now: Instant, zone: str) -> Instant:
    """The instant behind us that somebody in ``zone`` means: of ``2h`` two hours ago, of ``mon``
    the last Monday, of a day by itself its first minute. BadTime otherwise."""
    bare, zone = zoned(words, zone)
    low = " ".join(bare.casefold().split())
    if (length := length_of(low)) is not None:
        return now - length
    try:
        at = _latest(f"{low} {_BARE_DAY}", now, zone)
    except BadTime:
        at = _latest(bare, now, zone)
    return at


def _latest(words: str, now: Instant, zone: str) -> Instant:
    """The last time that was: of what is read as still to come, the one before."""
    at = read_moment(words, now, zone)
    if words.casefold().startswith("tomorrow"):
        return at
    for back in (DAY, 7 * DAY, 183 * DAY, 366 * DAY):
        if at <= now:
            break
        try:
            at = read_when(words, now - back, zone)
        except BadTime:
            at = read_moment(words, now - back, zone)
    return at


# ---- groups ------------------------------------------------------------------------------------

NONE = ""
"""The value of those that have none."""


def group_name(word: str) -> str:
    """What a list is grouped by: a field, ``tag``, ``host`` or any label; BadFilter for no word."""
    low = word.strip().casefold()
    if not low or "=" in low:
        raise BadFilter(f"group= has no value.{_TRY['group']}")
    low = _SHORT_FOR.get(low, low)
    return low if low in filters.OWN or low == "host" else word.strip()


def group_of(name: str) -> Callable[[Incident], tuple[str, ...]]:
    """The groups an incident belongs to: one, but for tags."""

    def values(incident: Incident) -> tuple[str, ...]:
        if name == "who":
            return (incident.holder or NONE,)
        found = filters.of_incident(incident)(name)
        return tuple(dict.fromkeys(v for v in found if v)) or (NONE,)

    return values


def grouped(name: str, found: Iterable[Incident], into: dict[str, IncidentGroup]) -> None:
    """Count incidents in their groups."""
    values = group_of(name)
    for incident in found:
        for value in values(incident):
            there, new = into.get(value), one(value, incident)
            into[value] = new if there is None else there.plus(new)


def one(value: str, incident: Incident) -> IncidentGroup:
    """A group of one."""
    free = incident.holder is None and incident.status is not IncidentStatus.RESOLVED
    return IncidentGroup(value, 1, int(free), incident)


def in_order(groups: Iterable[IncidentGroup]) -> list[IncidentGroup]:
    """The worst first, then the largest; those without a value last among equals."""

    def order(group: IncidentGroup) -> tuple[object, ...]:
        over = group.worst.status is IncidentStatus.RESOLVED
        rank = group.worst.severity.rank
        return over, rank, -group.total, group.value == NONE, group.value.casefold()

    return sorted(groups, key=order)
