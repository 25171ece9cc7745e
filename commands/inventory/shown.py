"""``resource`` and what its card leads to: its incidents, what hangs on it, what became of it, how
it did lately."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace

from commands.context import Offer, View
from commands.errors import NotFound
from commands.inventory import search, sources
from commands.inventory.rows import Listed, Row, as_facts, listed, rows
from commands.inventory.search import READ
from commands.inventory.sheet import Sheet, Shown, Trend, children, facts, sheet
from commands.inventory.sources import SourceState
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.told import Told
from commands.words import count, duration, local
from store.db import Tx
from store.inventory import resources
from store.model import Incident, IncidentStatus, Instant
from store.model.known import Known, ResourceChange

_CHOICES, LINES = 10, 30
WHICH = "Its name, address, id or key; or the number in its page's address."


@dataclass(frozen=True, slots=True)
class One:
    """Arguments of what is about one resource."""

    resource: str = arg("text", WHICH)


class Several(Exception):
    """A name that more than one has."""

    def __init__(self, found: tuple[Row, ...], total: int) -> None:
        super().__init__("several")
        self.found, self.total = found, total


@query("resource", group="infra", permission=READ, args=One, example="resource db-3")
async def resource(view: View, args: One) -> Shown | Listed:
    """One server, pod, database …: how it is, what hangs on it, what changed."""
    try:
        found = await one(view, args.resource)
    except Several as several:
        return choose("resource", args.resource, several)
    told = await sheet(view, found)
    return Shown(tuple(lines(told, view)), facts(told), sheet=told)


@query("hangs-on", group="infra", permission=READ, args=One, example="hangs-on compute-7")
async def hangs_on(view: View, args: One) -> Listed:
    """What hangs on a resource: what it would take with it, as a tree."""
    try:
        found = await one(view, args.resource)
    except Several as several:
        return choose("hangs-on", args.resource, several)
    states = await sources.read(view)
    tree = await view.read(lambda tx: children(tx, found.id, states))
    if not tree:
        return listed((), head=(f"Nothing that is known here hangs on {found.resource.name}.",))
    every = [*flat(tree)]
    head = f"On {found.resource.name}: {_below(tree)}"
    left = len(every) - LINES
    foot = (f"{left} more: resource {found.resource.name}",) if left > 0 else ()
    shown = listed([row for _, row in every[:LINES]], head=(head,), foot=foot,
                   more={"tree": [_facts(each) for each in tree]})  # fmt: skip
    said = tuple(f"{'· ' * deep}{row.line}" for deep, row in every[:LINES])
    return replace(shown, lines=(head, *said, *foot), tree=tree)


def flat(tree: Iterable[Row], deep: int = 0) -> Iterator[tuple[int, Row]]:
    """The rows of a tree in order, each with its depth."""
    for row in tree:
        yield deep, row
        yield from flat(row.under, deep + 1)


def _facts(row: Row) -> dict[str, object]:
    return {**as_facts(row), "under": [_facts(each) for each in row.under], "more": row.more}


def _below(tree: Iterable[Row]) -> str:
    """``3 VMs, 2 volumes``."""
    kinds: dict[str, int] = {}
    for row in tree:
        kinds[row.kind] = kinds.get(row.kind, 0) + 1 + row.more
    most = sorted(kinds, key=lambda k: -kinds[k])
    return ", ".join(f"{kinds[k]} {words.kind_said(k, kinds[k])}" for k in most)


@query(
    "resource-incidents", group="infra", permission=READ, args=One, listed=False,
    example="resource-incidents db-3",
)  # fmt: skip
async def its_incidents(view: View, args: One) -> Told:
    """The incidents of a resource, open ones first."""
    told = await sheet(view, await _only(view, args.resource))
    if not told.incidents:
        return Told((f"Nothing is or was open about {told.row.name}, as far as is known here.",))
    said = [_incident(i, view) for i in told.incidents[:LINES]]
    return Told(tuple(said), {"incidents": facts(told)["incidents"]})


@query(
    "resource-history", group="infra", permission=READ, args=One, listed=False,
    example="resource-history db-3",
)  # fmt: skip
async def history(view: View, args: One) -> Told:
    """What became otherwise of a resource, the newest first."""
    told = await sheet(view, await _only(view, args.resource))
    zone = zone_of(view)
    said = [
        f"{local(each.at, zone, view.now)}: {became(each)}" for each in told.changes[:LINES]
    ]  # fmt: skip
    if not said:
        since = local(told.known.first_at, zone, view.now)
        said = [f"{told.row.name} is as it was when it was first seen, {since}."]
    return Told(tuple(said), {"changes": facts(told)["changes"]})


@query(
    "resource-metrics", group="infra", permission=READ, args=One, listed=False,
    example="resource-metrics db-3",
)  # fmt: skip
async def measures(view: View, args: One) -> Told:
    """How a resource did in the last day: each measure as a trend."""
    told = await sheet(view, await _only(view, args.resource))
    if not told.trends:
        return Told((f"Nothing was measured of {told.row.name} in the last 24 h.",))
    said = tuple(map(trend_line, told.trends))
    more = {"metrics": facts(told)["metrics"]}
    return Measured(said, more, True, (), told.row.name, told.trends, view.now, zone_of(view))


@dataclass(frozen=True, slots=True)
class Measured(Told):
    """How a resource did; pictures are drawn of ``trends``, on the clock of ``zone``."""

    name: str = ""
    trends: tuple[Trend, ...] = ()
    now: Instant = 0
    zone: str = "UTC"


def trend_line(trend: Trend) -> str:
    """``CPU ▂▃▃▂ 34 %, 12 to 61 %``."""
    values = [value for _, value in trend.points]
    low, high = (words.measured(v, trend.unit) for v in (min(values), max(values)))
    return f"{trend_short(trend)}, {low} to {high} in the last 24 h"


def trend_short(trend: Trend, most: int = 8) -> str:
    """``CPU ▂▃▃▂ 34 %``."""
    top = 100.0 if trend.unit == "%" else 0.0
    signs = words.bars([value for _, value in trend.points], most=most, high=top)
    return f"{trend.name} {signs} {trend.said}"


def became(change: ResourceChange) -> str:
    """``state ACTIVE → ERROR, by ana``."""
    by = f", by {change.who}" if change.who else ""
    if change.what in ("created", "appeared", "gone"):
        word = {"created": "created", "appeared": "first seen", "gone": "gone"}[change.what]
        return f"{word}{f' as {change.after}' if change.after else ''}{by}"
    if change.what == "event":
        return f"{change.after}{by}"
    return f"{change.what} {change.before or 'nothing'} → {change.after or 'nothing'}{by}"


def _incident(i: Incident, view: View) -> str:
    over = i.status is IncidentStatus.RESOLVED
    when = local(i.resolved_at or i.opened_at, zone_of(view), view.now)
    who = view.definitions.name_of(i.holder) if i.holder else "nobody has it"
    return f"#{i.id} {i.title} · {f'resolved {when}' if over else who}"


# which one


async def _only(view: View, text: str) -> Known:
    """The one that is meant; NotFound names the others where several may be."""
    try:
        return await one(view, text)
    except Several as several:
        names = "; ".join(f"{row.name} ({row.place}): {row.id}" for row in several.found[:5])
        raise NotFound(f"{several.total} may be meant by {text}: {names}") from None


async def one(view: View, text: str, kinds: Container[str] = ()) -> Known:
    """The resource that is meant by a number, key, id, address, name or words, one of these kinds
    where some are; Several where more than one may be, NotFound where none is."""
    typed = " ".join(text.split())
    exact = await view.read(lambda tx: _exact(tx, typed))
    exact = [each for each in exact if each.resource.kind in kinds] or exact
    states = await sources.read(view)
    if len(exact) == 1:
        return exact[0]
    if exact:
        exact.sort(key=lambda k: (words.WORST[k.resource.health], k.resource.kind, k.id))
        raise Several(rows(exact[:_CHOICES], states), len(exact))
    found, total = await search.search(view, search.read(typed), states, _CHOICES)
    if not found:
        index = await search.fresh(view)
        if not len(index):
            raise NotFound(search.NOTHING)
        near = index.names(typed.split(" ")[0], 3)
        hint = f" Did you mean {', '.join(near)}?" if near else " Try: inventory"
        raise NotFound(f"There is no resource {typed}.{hint}")
    if total > 1:
        raise Several(found, total)
    known = await view.read(lambda tx: resources.get(tx, found[0].id))
    if known is None:
        raise NotFound(f"There is no resource {typed}.")
    return known


def _exact(tx: Tx, typed: str) -> list[Known]:
    """What is called exactly so; a strong name means one alone."""
    if typed.isascii() and typed.isdecimal() and 15 < len(typed) < 20:
        found = resources.get(tx, int(typed))
        return [found] if found is not None else []
    if (known := resources.known(tx, typed)) is not None:
        return [known]
    hits = resources.by_names(tx, [typed]).get(typed, [])
    strong = [number for number, is_strong in hits if is_strong]
    named = list(resources.many(tx, strong or (n for n, _ in hits)).values())
    return named or _within(tx, typed)


def _within(tx: Tx, typed: str) -> list[Known]:
    """``shop/cart``: what is called cart in the namespace or tenant shop."""
    group, slash, name = typed.rpartition("/")
    if not slash or not name:
        return []
    hits = resources.by_names(tx, [name]).get(name, [])
    known = resources.many(tx, (n for n, _ in hits)).values()
    return [one for one in known if one.resource.group.casefold() == group.casefold()]


def choose(verb: str, typed: str, several: Several) -> Listed:
    """A short list to choose from, each with a button and how it is typed."""
    head = f"{several.total} may be meant by {typed}. Which one?"
    offers = tuple(Offer(_label(row), f"do:{verb}?resource={row.id}") for row in several.found[:5])
    shown = listed(several.found, head=(head,), total=several.total)
    said = tuple(f"{row.line}: {verb} {row.id}" for row in several.found)
    facts = {**shown.facts, "choices": True}
    return replace(shown, lines=(head, *said), facts=facts, offers=offers, query=typed)


def _label(row: Row) -> str:
    """``deployment cart, shop``."""
    inside = row.place.rpartition(" / ")[2]
    return f"{words.kind_said(row.kind)} {row.name}{f', {inside}' if inside else ''}"[:75]


# in words


def lines(told: Sheet, view: View) -> Iterator[str]:
    """A resource where there are no cards."""
    yield f"{told.row.glyph} {' · '.join((told.row.name, *told.row.parts))}"
    state = [*state_parts(told, view.now)]
    if state:
        yield " · ".join(state)
    if told.open:
        yield "Open: " + ", ".join(f"#{i.id} {i.title}" for i in told.open[:5])
    if told.above:
        yield "Stands on: " + " → ".join(row.name for row in told.above[:6])
    if told.hanging:
        yield f"Hangs on it: {count(told.hanging, 'resource')}: {words.counted(told.below or {})}"
    zone = zone_of(view)
    for change in told.changes[:3]:
        yield f"Changed {local(change.at, zone, view.now)}: {became(change)}"
    if told.trends:
        yield " · ".join(trend_short(t) for t in told.trends[:4])


def state_parts(told: Sheet, now: int) -> Iterator[str]:
    """``8 vCPU, 64 GB``, ``owner team db``, ``on compute-4``, ``up 41 d``, ``seen 40 s ago``."""
    r = told.known.resource
    if told.row.size:
        yield told.row.size
    if told.row.whose:
        yield f"owner {told.row.whose}"
    if told.on is not None:
        yield f"on {told.on.name}"
    if r.created_at and now > r.created_at:
        old = duration(now - r.created_at)
        yield f"up {old}" if words.runs(r) else f"{old} old"
    yield seen(told.known, told.state, now)


def seen(known: Known, state: SourceState | None, now: int) -> str:
    """``seen 40 s ago``; ``⚠️ not seen for 14 min, OpenStack is not answering``."""
    if known.gone_at is not None:
        return f"gone for {duration(now - known.gone_at)}"
    if state is None or state.ok_at is None:
        return "" if state is None else f"⚠️ {_name(state)} was not read whole yet"
    ago = duration(now - state.ok_at)
    if state.stale:
        return f"⚠️ not seen for {ago}, {_name(state)} is not answering"
    return f"seen {ago} ago"


def _name(state: SourceState) -> str:
    return words.provider_said(state.provider) or state.name
