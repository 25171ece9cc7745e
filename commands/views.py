"""Looking at saved views: ``view payments``, ``views``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commands import saved, searching
from commands.context import View
from commands.errors import Invalid, NotFound
from commands.lists import listing, newest
from commands.oncall import zone_of
from commands.registry import arg, query
from commands.rules import filters, hints, lists
from commands.rules.filters import BadFilter, Filter
from commands.rules.lists import Asked
from commands.searching import OPEN
from commands.told import Told
from store import views
from store.incidents import Wanted
from store.model import Incident, Listing
from store.views import SavedView

READ = "incident.read"
COUNTED = 2_000
_LIMIT = 100


@dataclass(frozen=True, slots=True)
class OfView:
    """Arguments of ``view``."""

    name: str = arg("view", "A saved view; more words narrow it.", default="")


@query("view", group="incident", permission=READ, args=OfView, example="view payments")
async def view_(view: View, args: OfView) -> Listing | Told:
    """The incidents of a saved view; without a name all saved views."""
    if not args.name:
        told: Told = await views_(view, Views())
        return told
    found = await saved.visible(view)
    there, rest = _longest(found, args.name)
    if there is None:
        raise NotFound(saved.no_such(args.name, found))
    zone = zone_of(view)
    asked = saved.read(there, view.now, zone)
    try:
        more = lists.of_tokens(filters.split(rest), view.now, zone)
    except BadFilter as error:
        raise Invalid(str(error), "name") from None
    asked = lists.settled(lists.by_handle(more.within(asked), view.definitions))
    return await listing(view, asked, asked.limit or _LIMIT)


def _longest(found: Sequence[SavedView], text: str) -> tuple[SavedView | None, str]:
    """The view whose name the words begin with, the longest such, and the words after it."""
    words = text.replace('"', " ").split()
    for count in range(len(words), 0, -1):
        there = saved.named(found, " ".join(words[:count]))
        if there is not None:
            return there, text.strip().strip('"')[len(there.name) :].lstrip('" ')
    return None, ""


@dataclass(frozen=True, slots=True)
class Views:
    """Arguments of ``views``."""

    bare: bool = arg("flag", "Without counting what is open in them.", default=False)


@query("views", group="incident", permission=READ, args=Views, example="views")
async def views_(view: View, args: Views) -> Told:
    """Your saved views, those of your teams and everybody's, with what is open in them."""
    found = await saved.visible(view)
    first = await view.read(lambda tx: views.first(tx, view.actor.id))
    zone = zone_of(view)
    asked = {v.id: _asked(view, v, zone) for v in found}
    counts, whole = ({}, True) if args.bare else await _counts(view, asked)
    lines = [_line(view, v, asked[v.id], first, counts, whole) for v in found]
    if not lines:
        lines = ["No view is saved yet. For example: view-save payments team=db critical"]
    facts = [_facts(v, first, counts) for v in found]
    return Told(tuple(lines), {"views": facts, "whole": whole})


def _asked(view: View, found: SavedView, zone: str) -> Asked | None:
    """What a view asks for; None where it can't be read any more."""
    try:
        asked = saved.read(found, view.now, zone)
    except NotFound:
        return None
    return lists.settled(lists.by_handle(asked, view.definitions))


async def _counts(
    view: View, asked: dict[int, Asked | None]
) -> tuple[dict[int, tuple[int, int]], bool]:
    """How many open incidents are in each view, and how many of these nobody has; of very many the
    newest are counted."""
    counted = {n: a for n, a in asked.items() if a is not None and lists.is_open(a)}
    counts = dict.fromkeys(counted, (0, 0))
    everything = searching.Search(Wanted(statuses=OPEN), Filter(), (), "")
    seen = 0
    if not counted:
        return counts, True
    async for some in searching.search(view, everything, COUNTED):
        for number, each in counted.items():
            counts[number] = _plus(counts[number], each, some.incidents, view.actor.id)
        seen += len(some.incidents)
        if some.up or seen >= COUNTED:
            return counts, False
    return counts, True


def _plus(
    before: tuple[int, int], asked: Asked, some: Iterable[Incident], me: str
) -> tuple[int, int]:
    fits = [i for i in some if lists.fits(asked, i, me)]
    return before[0] + len(fits), before[1] + sum(i.holder is None for i in fits)


def _line(
    view: View, found: SavedView, asked: Asked | None, first: SavedView | None,
    counts: dict[int, tuple[int, int]], whole: bool,
) -> str:  # fmt: skip
    """``payments: critical, team=db, by service · 4 open, 2 with nobody · yours, Now begins``."""
    said = found.words if asked is None else asked.said or "everything open"
    by = f", by {asked.group}" if asked is not None and asked.group else ""
    parts = [f"{found.name}: {said}{by}"]
    if found.id in counts:
        total, nobody = counts[found.id]
        plus = "" if whole else "+"
        parts.append(f"{total}{plus} open" + (f", {nobody} with nobody" if nobody else ""))
    parts.append(saved.whose(found, view.actor.id))
    if first is not None and first.id == found.id:
        parts.append("your Now begins with it")
    return " · ".join(parts)


def _facts(
    found: SavedView, first: SavedView | None, counts: dict[int, tuple[int, int]]
) -> dict[str, object]:
    total, nobody = counts.get(found.id, (None, None))
    return {
        "name": found.name, "words": found.words, "owner": found.owner, "team": found.team or None,
        "by": found.by, "changed_at": found.changed_at, "open": total, "nobody": nobody,
        "first": first is not None and first.id == found.id,
    }  # fmt: skip


# ---- while it is typed -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begun:
    """Arguments of ``completions``."""

    text: str = arg("text", "What is typed so far.", default="")
    kind: str = arg("word", "list, or view: where a view's name comes first.", default="list")


@query(
    "completions", group="incident", permission=READ, args=Begun, example="completions team=",
    listed=False,
)  # fmt: skip
async def completions(view: View, args: Begun) -> Told:
    """How the words of a list may go on."""
    found = await saved.visible(view)
    names = list(dict.fromkeys(v.name for v in found))
    if args.kind == "view":
        low = args.text.casefold()
        return Told(tuple(n for n in names if low in n.casefold()))
    known = _values(await newest(view), view)
    return Told(tuple(hints.completions(args.text, {**known, "view": names})))


def _values(found: Iterable[Incident], view: View) -> dict[str, list[str]]:
    """Field or label → the values there are now, the most frequent first."""
    seen: dict[str, Counter[str]] = {}
    for i in found:
        values = filters.of_incident(i)
        for name in ("team", "service", "source", "type", "host", "tag", *i.labels):
            for value in values(name):
                if value and "," not in value:
                    seen.setdefault(name, Counter())[value] += 1
    known = {name: [v for v, _ in counts.most_common(25)] for name, counts in seen.items()}
    teams = [*known.get("team", ()), *view.definitions.teams]
    return {**known, "team": list(dict.fromkeys(teams)), "who": list(view.definitions.people)}
