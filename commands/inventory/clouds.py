"""``cloud``: an account of AWS, Azure or Google Cloud at a glance: what there is where, what is not
well, what it costs, what could be saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commands import rights
from commands.context import View
from commands.inventory import costing, search
from commands.inventory.index import Entry, Wanted
from commands.inventory.overview import (
    Meter,
    Overview,
    Section,
    Sum,
    by_health,
    chosen,
    grouped,
    overview,
    well,
    worst_first,
    wrong,
)
from commands.inventory.rows import rows
from commands.inventory.search import READ
from commands.inventory.sheet import COST
from commands.inventory.sources import SourceState
from commands.registry import arg, query
from commands.rules import cost
from commands.rules import findings as rules
from commands.rules import inventory_words as words
from store.db import Tx
from store.inventory import findings, resources
from store.model import DAY

PROVIDERS = ("aws", "azure", "gcp")
_BAD, _KINDS, _RULES = 20, 16, 8


@dataclass(frozen=True, slots=True)
class Account:
    """Arguments of ``cloud``."""

    account: str = arg("text", "The source; without it the one that needs somebody.", default="")


@query("cloud", group="infra", permission=READ, args=Account, example="cloud aws-main")
async def cloud(view: View, args: Account) -> Overview:
    """AWS, Azure or Google Cloud at a glance: what there is, what is not well, what it costs."""
    what = "AWS, Azure or Google Cloud account"
    state, others = await chosen(view, args.account, PROVIDERS, what)
    every = await search.entries(view, Wanted(sources=frozenset({state.name})))
    money: list[Section] = []
    if rights.may(view.definitions, view.actor, COST):
        money = [
            *await _spent(view, state),
            *await view.read(lambda tx: [*_saved(tx, state, view.now)]),
        ]
    return await view.read(lambda tx: _read(tx, state, every, others, view.now, money))


def _read(
    tx: Tx, state: SourceState, every: list[Entry], others: list[SourceState], now: int,
    money: list[Section],
) -> Overview:  # fmt: skip
    kinds = grouped(every, lambda one: one.kind)
    of = f"source={state.name}"
    order = sorted(kinds, key=lambda kind: -len(kinds[kind]))
    asked = [k for k in ("server", "database", "load_balancer") if k in kinds]
    sums = [
        Sum("resources", str(len(every)), query=of),
        *(well(kinds[k], words.kind_said(k, 2), f"{of} kind={k}") for k in asked),
        Sum("regions", str(len({one.region for one in every if one.region}))),
    ]
    numbers = worst_first(every, _BAD)
    named = resources.many(tx, numbers)
    bad = rows((named[n] for n in numbers if n in named), {state.name: state})
    most = max((len(some) for some in kinds.values()), default=1)
    meters = [
        Meter(words.kind_said(kind, 2), len(kinds[kind]), 1.25 * most, _health(kinds[kind]))
        for kind in order[:_KINDS]
    ]
    regions = grouped(every, lambda one: one.region or "everywhere")
    by_region = sorted(regions, key=lambda name: -len(regions[name]))
    sections = [
        wrong(tx, state.name), Section("Not well", rows=bad, empty="Everything is well."), *money,
        Section("What there is", meters=tuple(meters)),
        Section("Where", lines=tuple(
            f"{name}: {len(regions[name])}" for name in by_region[:_KINDS])),
    ]  # fmt: skip
    return overview(state, sums, sections, others, now)


def _health(some: list[Entry]) -> str:
    counts = by_health(some)
    if set(counts) == {"ok"}:
        return str(len(some))
    return f"{len(some)}: {words.counted(counts)}"


async def _spent(view: View, state: SourceState) -> list[Section]:
    """What the last month cost by service, where bills are told."""
    today = view.now // DAY
    lines = await costing.read_lines(view.read, today - 30, today - 1, state.name)
    if not lines:
        return []
    found = []
    for currency, groups in cost.summed(lines, "service").items():
        spent = {name: sum(days.values()) for name, days in groups.items()}
        whole = sum(spent.values())
        order = sorted(spent, key=lambda name: -spent[name])[:_RULES]
        found.append(Section(
            f"30 days cost {cost.money(whole, currency)}", meters=tuple(
                Meter(name, spent[name], max(whole, 1.0) * 1.2, cost.money(spent[name], currency))
                for name in order
            ),
        ))  # fmt: skip
    return found


def _saved(tx: Tx, state: SourceState, now: int) -> Iterator[Section]:
    """What could be saved, the dearest first."""
    there = [one for one in findings.there(tx, source=state.name) if one.is_open(now)]
    made = rules.merged(there)
    by: dict[str, list[float]] = {}
    for one in made:
        by.setdefault(one.first.rule, []).append(one.saving)
    order = sorted(by, key=lambda rule: -sum(by[rule]))[:_RULES]
    currency = made[0].currency if made else ""
    lines = tuple(
        f"{rules.called(rule, len(by[rule]))}: {cost.money(sum(by[rule]), currency)} a month"
        for rule in order
    )
    if lines:
        yield Section("Could be saved", lines=lines)
