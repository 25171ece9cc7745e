"""``inventory``: what there is, found by words and fields, the worst first; without words how much
there is of what, and how it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commands.context import View
from commands.errors import Invalid
from commands.inventory import facets, sources, status
from commands.inventory.facets import Group
from commands.inventory.index import Entry, Index, Wanted
from commands.inventory.rows import Listed, Row, listed, rows
from commands.inventory.sources import SourceState
from commands.registry import arg, query
from commands.rules import inventory_words as words
from commands.rules.inventory_words import Asked, BadWords
from commands.words import count, duration
from store.inventory import resources

READ = "inventory.read"
PAGE, MOST, EACH = 20, 1000, 5
NOTHING = "No cloud or cluster is connected. How: docs/infrastructure.md, inventory.sources."
HINT = "Find some: inventory db kind=server health=bad"
_KINDS = 12


@dataclass(frozen=True, slots=True)
class Search:
    """Arguments of ``inventory``."""

    find: str = arg(
        "text", "Words, and kind=, provider=, source=, health=, team=, region=, tag:x=y.",
        default="",
    )  # fmt: skip
    by: str = arg(
        "which", "Count them by kind, health, team, source, provider, service …", default=""
    )
    facets: bool = arg("flag", "What can be chosen, with how many there are, too.", default=False)
    limit: str = arg("which", "How many, up to 1000; 0 with facets: the sources alone.", default="")
    skip: str = arg("which", "How many to leave out first.", default="")


@query(
    "inventory", group="infra", permission=READ, args=Search,
    example="inventory db kind=server health=bad",
)  # fmt: skip
async def inventory(view: View, args: Search) -> Listed:
    """Find servers, pods, databases … by words; without any: how much there is, and how it is."""
    asked = read(args.find)
    states = await sources.read(view)
    plain = not asked.words and not asked.fields
    if args.facets and args.limit == "0":
        return listed((), more={"sources": [_source(s) for s in states.values()]})
    if args.by:
        return await grouped(view, asked, states, _by(args.by))
    if plain and not args.facets and not args.limit:
        return await overview(view, states)
    if _is_status(args.find.split(), states):
        told = await status.status(view, args.find.partition("status")[2].strip())
        return listed((), head=told.lines, more=told.facts)
    limit = max(1, min(_number(args.limit, "limit", PAGE), MOST))
    skip = _number(args.skip, "skip", 0)
    found, total = await search(view, asked, states, limit, skip)
    more = await _facets(view, asked, states) if args.facets else {}
    if not found:
        head = (await _nothing(view, asked),)
        return listed((), head=head, query=asked.text, more=more)
    left = total - skip - len(found)
    foot = (f"{left} more.",) if left > 0 else ()
    foot = (*foot, *late(states, found, view.now))
    return listed(found, foot=foot, query=asked.text, total=total, more=more)


def _is_status(said: Sequence[str], states: Mapping[str, SourceState]) -> bool:
    """``inventory status``, also of one source, as people say it."""
    return said[:1] == ["status"] and (said[1:] == [] or (len(said) == 2 and said[1] in states))


def _by(name: str) -> str:
    folded = words.FIELD_ALSO.get(name.casefold(), name.casefold())
    if folded not in (*facets.FIELDS, "provider"):
        raise Invalid(f"There is no {name}; there are {', '.join(facets.FIELDS)}, provider.", "by")
    return folded


async def _facets(view: View, asked: Asked, states: Mapping[str, SourceState]) -> dict[str, object]:
    index = await fresh(view)
    counted = await asyncio.to_thread(_counted, index, asked, states)
    return {"facets": counted, "sources": [_source(s) for s in states.values()]}


def _counted(
    index: Index, asked: Asked, states: Mapping[str, SourceState]
) -> dict[str, list[tuple[str, int]]]:
    return facets.counted(index.tally(wanted(asked, states)), states)


def _source(state: SourceState) -> dict[str, object]:
    return {
        "name": state.name, "provider": state.provider, "title": state.title, "ok_at": state.ok_at,
        "stale": state.stale, "error": state.error, "resources": state.resources,
        "parts": state.parts, "behind": state.behind, "running": state.running,
        "done": state.done, "total": state.total, "note": state.note,
    }  # fmt: skip


async def grouped(
    view: View, asked: Asked, states: Mapping[str, SourceState], by: str, each: int = EACH
) -> Listed:
    """What was found by one field: how many of each value, how they are, and the worst."""
    index = await fresh(view)
    made, total = await asyncio.to_thread(_groups, index, asked, states, by, each)
    known = await view.read(lambda tx: resources.many(tx, [n for group in made for n in group.ids]))
    lines = [_group(group, by) for group in made] or [await _nothing(view, asked)]
    told = [
        {"value": g.value, "health": dict(g.by), "total": g.total,
         "rows": rows((known[n] for n in g.ids if n in known), states)} for g in made
    ]  # fmt: skip
    more = await _facets(view, asked, states)
    more |= {"by": by, "groups": told}
    return listed((), head=lines, query=asked.text, total=total, more=more)


def _groups(
    index: Index, asked: Asked, states: Mapping[str, SourceState], by: str, each: int
) -> tuple[list[Group], int]:
    fit = index.entries(wanted(asked, states))
    return facets.groups(fit, by, states, each), len(fit)


def _group(group: Group, by: str) -> str:
    """``⚠️ team web: 43 (3 degraded · 40 ok)``."""
    value = group_said(by, group.value)
    return (
        f"{words.GLYPH[words.worst(group.by)]} {value}: {group.total} ({words.counted(group.by)})"
    )


def group_said(by: str, value: str) -> str:
    """What people call a group."""
    if not value:
        return f"no {by}"
    if by == "kind":
        return words.kind_said(value, 2)
    if by == "provider":
        return words.provider_said(value)
    return f"team {value}" if by == "team" else words.SAID.get(value, value)


def _number(text: str, where: str, usual: int) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(f"{text} is not a number.", where)
    return int(text) if text else usual


def read(text: str) -> Asked:
    """What was typed; Invalid names what can't be meant."""
    try:
        return words.asked(text)
    except BadWords as error:
        raise Invalid(str(error), error.where) from None


async def fresh(view: View) -> Index:
    """The index with everything that was written by now."""
    await view.index.fresh(view.reader)
    return view.index


def wanted(asked: Asked, states: Mapping[str, SourceState]) -> Wanted:
    """The same as the index understands it."""
    of: frozenset[str] | None = None
    if provider := asked.get("provider"):
        of = frozenset(s.name for s in states.values() if s.provider == provider)
    if source := asked.get("source"):
        of = frozenset({source}) if of is None else of & {source}
    return Wanted(
        words=asked.words, kind=asked.get("kind"), service=asked.get("service"),
        group=asked.get("group"), health=asked.get("health"), team=asked.get("team"),
        region=asked.get("region"), sources=of,
    )  # fmt: skip


async def entries(view: View, of: Wanted) -> list[Entry]:
    """All that fit, looked for beside the loop."""
    index = await fresh(view)
    return await asyncio.to_thread(index.entries, of)


async def search(
    view: View, asked: Asked, states: Mapping[str, SourceState], limit: int, skip: int = 0
) -> tuple[tuple[Row, ...], int]:
    """Those that fit, the best first, and how many there are in all."""
    index = await fresh(view)
    found = await asyncio.to_thread(index.search, wanted(asked, states), limit, skip)
    known = await view.read(lambda tx: resources.many(tx, found.ids))
    return rows((known[n] for n in found.ids if n in known), states), found.total


async def overview(view: View, states: Mapping[str, SourceState]) -> Listed:
    """How much there is of each kind, how it is, and what is wrong."""
    shared = (await fresh(view)).tally(Wanted()).profiles
    if not shared and not states:
        return listed((), head=(NOTHING,))
    kinds: dict[str, dict[str, int]] = {}
    for one, number in shared.items():
        by = kinds.setdefault(one.kind, {})
        by[one.health] = by.get(one.health, 0) + number
    every = sum(sum(by.values()) for by in kinds.values())
    order = sorted(kinds, key=lambda k: (words.WORST[_worst(kinds[k])], -sum(kinds[k].values())))
    head = [f"{count(every, 'resource')} of {count(len(states), 'source')}"]
    head += [_kind(kind, kinds[kind]) for kind in order[:_KINDS]]
    if len(order) > _KINDS:
        rest = sum(sum(kinds[k].values()) for k in order[_KINDS:])
        head.append(f"{rest} of {count(len(order) - _KINDS, 'other kind')}")
    bad, _ = await search(view, Asked(fields={"health": words.BAD}), states, 5)
    foot = (*late_sources(states.values(), view.now), HINT)
    return listed(
        bad, head=head, foot=foot, total=every,
        more={"kinds": [{"kind": k, "health": kinds[k]} for k in order], "sources": len(states)},
    )  # fmt: skip


def _worst(by: Mapping[str, int]) -> str:
    return words.worst(health for health in by if by[health])


def _kind(kind: str, by: Mapping[str, int]) -> str:
    """``⚠️ 41 VMs: 1 down · 3 degraded · 37 ok``."""
    number, glyph = sum(by.values()), words.GLYPH[_worst(by)]
    return f"{glyph} {number} {words.kind_said(kind, number)}: {words.counted(by)}"


def late_sources(states: Iterable[SourceState], now: int) -> list[str]:
    """``⚠️ prod does not answer since 14 min: what is shown of it is as it was then``."""
    return [
        f"⚠️ {s.name} {_since(s, now)}: what is shown of it is as it was then."
        for s in states
        if s.stale
    ]


def _since(state: SourceState, now: int) -> str:
    if state.ok_at is None:
        return "was not read whole yet"
    return f"was not read for {duration(now - state.ok_at)}"


def late(states: Mapping[str, SourceState], found: Sequence[Row], now: int) -> list[str]:
    """The same of those sources that something shown is of."""
    of = {row.source for row in found}
    return late_sources((s for s in states.values() if s.name in of), now)


async def _nothing(view: View, asked: Asked) -> str:
    """What there is without the filter."""
    index = await fresh(view)
    if not len(index):
        return NOTHING
    names = index.names(asked.words[0], 3) if asked.words else []
    hint = f" Did you mean {', '.join(names)}?" if names else ""
    said = asked.text
    return f"Nothing matches {said}. {count(len(index), 'resource')} without it.{hint}"
