"""``list``: the incidents that fit, filtered, grouped, in pages, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from commands import searching
from commands.context import View
from commands.errors import Invalid
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.rules import filters, lists
from commands.rules.filters import BadFilter, Filter
from commands.rules.hints import hint
from commands.rules.lists import Asked
from commands.saved import expanded
from commands.searching import OPEN, Search
from store import incidents
from store.incidents import Wanted
from store.model import Incident, IncidentGroup, Listing

T = TypeVar("T")
READ = "incident.read"
COUNTED = 20_000
"""How many incidents a grouped list counts at most: the newest."""
_LOOKED_AT = 256


@dataclass(frozen=True, slots=True)
class List:
    """Arguments of ``list``; several values are separated by commas."""

    filter: str = arg(
        "list", "critical, nobody, team=db, host=db-*, since 2h, group=service …", default=""
    )
    status: str = arg("words", "open, triggered, acknowledged, resolved or all.", default="")
    severity: str = arg("words", "critical, error, warning, info.", default="")
    source: str = arg("words", "Names of intake sources.", default="")
    type: str = arg("words", "host, service, metric …", default="")
    service: str = arg("words", "Services.", default="")
    team: str = arg("words", "Teams.", default="")
    who: str = arg("words", "nobody, me, or a person.", default="")
    tag: str = arg("words", "Tags; all must be there.", default="")
    label: str = arg("words", "Labels as name=value; all must be there.", default="")
    q: str = arg("text", "Words in title, value, service, resource or labels.", default="")
    since: str = arg("words", "Opened from then on: 2h, yesterday, 2026-11-22.", default="")
    before: str = arg("words", "Opened before then.", default="")
    group: str = arg("words", "severity, team, service, source, host, a label …", default="")
    sort: str = arg("words", "newest, worst or oldest.", default="")
    zone: str = arg("words", "The time zone of the times; yours if left out.", default="")
    limit: int = arg("number", "How many, up to 1000.", default=100)
    cursor: str = arg("words", "Where the page before ended.", default="")


@query("list", group="incident", permission=READ, args=List, example="list critical nobody team=db")
async def list_(view: View, args: List) -> Listing:
    """List incidents: open ones, newest first, unless you say otherwise."""
    asked = await asked_by(view, args)
    limit = asked.limit or max(1, min(args.limit, lists.MOST))
    return await listing(view, asked, limit, args.cursor)


async def asked_by(view: View, args: List) -> Asked:
    """What words and fields ask for together; Invalid names the field that can't be read."""
    zone = _zone(view, args.zone)
    words = _read("filter", partial(filters.split, args.filter))
    asked = _read("filter", partial(lists.of_tokens, words, view.now, zone))
    if asked.view:
        asked = asked.within(await expanded(view, asked.view, zone))
    terms, texts = [*asked.filter.terms], (*asked.filter.words, *args.q.casefold().split())
    for name, tokens in _fields(args):
        terms += _read(name, partial(filters.of_tokens, tokens)).terms
    asked = replace(asked, filter=Filter((*terms,), texts))
    for name in ("since", "before", "group", "sort"):
        if said := getattr(args, name):
            more = _read(name, partial(lists.of_tokens, (f"{name}={said}",), view.now, zone))
            asked = replace(more, filter=Filter()).within(asked)
    return lists.settled(lists.by_handle(asked, view.definitions))


def _zone(view: View, name: str) -> str:
    try:
        return ZoneInfo(name).key if name else zone_of(view)
    except (KeyError, ValueError, OSError):
        raise Invalid(f"{name} is no time zone like Europe/Berlin.", "zone") from None


def _read(where: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except BadFilter as error:
        raise Invalid(str(error), where) from None


def _fields(args: List) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The fields as words of the language: patterns with * and ?, but no sets of characters."""
    for name in ("status", "severity", "source", "type", "service", "team", "who"):
        if value := getattr(args, name).strip(", "):
            yield name, (f"{name}={literal(value)}",)
    for tag in _csv(args.tag):
        yield "tag", (f"tag={literal(tag)}",)
    for label in _csv(args.label):
        name, eq, _ = label.partition("=")
        if not eq or not name:
            raise Invalid(f"{label} is not a label: write name=value.", "label")
        yield "label", (f"label={literal(label)}",)


def literal(value: str) -> str:
    """A value that somebody chose and did not write as a pattern."""
    return value.replace("[", "[[]")


def _csv(text: str) -> tuple[str, ...]:
    return tuple(t.strip() for t in text.split(",") if t.strip())


# ---- found -------------------------------------------------------------------------------------


async def listing(view: View, asked: Asked, limit: int, cursor: str = "") -> Listing:
    """One page of what fits; of a grouped list also every group with its counts."""
    plan = await searching.plan(view, asked)
    first = replace(plan, wanted=_from(plan.wanted, cursor))
    found: list[Incident] = []
    more = None
    async for some in searching.search(view, first, limit + 1):
        found += some.incidents
        if len(found) > limit:
            last = found[limit - 1]
            more = _cursor((last.id, last.severity.rank), plan.wanted)
            break
        more = _cursor(some.last, plan.wanted) if some.up else None
    groups, whole = await _groups(view, asked, plan) if asked.group else ((), True)
    answer = Listing(
        tuple(found[:limit]), more, words=asked.words, said=asked.said, group=asked.group,
        groups=groups, whole=whole,
    )  # fmt: skip
    return answer if found or cursor or more else await _nothing(view, asked, answer)


async def _groups(view: View, asked: Asked, plan: Search) -> tuple[tuple[IncidentGroup, ...], bool]:
    """Every group, and whether that counts every incident."""
    into: dict[str, IncidentGroup] = {}
    seen = 0
    async for some in searching.search(view, plan):
        lists.grouped(asked.group, some.incidents, into)
        seen += len(some.incidents)
        if some.up or seen >= COUNTED:
            return tuple(lists.in_order(into.values())), False
    return tuple(lists.in_order(into.values())), True


async def _nothing(view: View, asked: Asked, answer: Listing) -> Listing:
    """What there is without the filter, and what may have been meant by it."""
    total = await view.read(lambda tx: incidents.count(tx, OPEN))
    said = ""
    if asked.filter:
        names = await label_names(view)
        said = hint(asked.filter, names)
    return replace(answer, without=total, hint=said)


async def label_names(view: View) -> set[str]:
    """The labels that the newest open incidents have."""
    found = await newest(view)
    return {name for i in found for name in i.labels}


async def newest(view: View) -> list[Incident]:
    """A few of the newest open incidents, to know what people may ask for."""
    plan = Search(Wanted(statuses=OPEN), Filter(), (), "")
    found: list[Incident] = []
    async for some in searching.search(view, plan, _LOOKED_AT):
        found += some.incidents
        if len(found) >= _LOOKED_AT:
            break
    return found


def _cursor(last: tuple[int, int], wanted: Wanted) -> str:
    """Where a page ended: a number, and the rank of its severity where the worst come first."""
    number, rank = last
    return f"{rank}-{number}" if wanted.sort == "worst" else str(number)


def _from(wanted: Wanted, cursor: str) -> Wanted:
    """The same after the page before."""
    if not cursor:
        return wanted
    rank, dash, number = cursor.rpartition("-")
    fits = number.isdecimal() and len(number) < 16 and (not dash or rank.isdecimal())
    if not fits or bool(dash) != (wanted.sort == "worst") or len(rank) > 2:
        raise Invalid("The cursor is not one of ours.", "cursor")
    return replace(wanted, before=int(number), before_rank=int(rank or 0))
