"""``metric-rules``: the rules on measures in force, how many resources each is about, and what one
would have done on what was measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from commands.context import View
from commands.errors import Invalid
from commands.registry import arg, query
from commands.rules import filters
from commands.rules.metric_rules import SHIPPED, MetricRule, values_of, whole_of
from commands.rules.metric_state import Spell, spells
from commands.rules.metric_words import BadRule, Limit, read, shown, words_of
from commands.told import Told
from commands.words import count, duration, local
from store.db import Tx
from store.inventory import resources, series
from store.model import DAY, Instant
from store.model.known import Known
from store.model.resource import KINDS, METRICS

READ = "inventory.read"
DAYS = 7
_AT_ONCE, _MOST, _SHOWN = 50, 5_000, 8
_LATELY = 2 * DAY


@dataclass(frozen=True, slots=True)
class RulesArgs:
    """Arguments of ``metric-rules``."""

    words: str = arg(
        "text", "Nothing for all; or: try cpu-high, try cpu > 80% for 5m kind=server.", default=""
    )  # fmt: skip


@query(
    "metric-rules", group="infra", permission=READ, args=RulesArgs,
    example="metric-rules try cpu > 80% for 5m kind=server",
)  # fmt: skip
async def metric_rules(view: View, args: RulesArgs) -> Told:
    """The rules on measures, and how many resources each is about; or what one would have done."""
    first, _, rest = args.words.strip().partition(" ")
    if first.casefold() in ("try", "test"):
        return await _try(view, rest.strip())
    if first:
        raise Invalid(f"{first} is nothing here. Try: metric-rules, metric-rules try cpu-high",
                      "words")  # fmt: skip
    rules = view.rules.inventory.metrics.rules
    counted = await _covered(view, rules)
    lines = [_line(rule, counted[rule.name]) for rule in rules]
    off = view.rules.inventory.metrics.off
    if off:
        lines.append(f"Turned off: {', '.join(off)}.")
    lines.append("Try one on what was measured: metric-rules try cpu > 80% for 5m kind=server")
    facts = {"rules": [_facts(rule, counted[rule.name]) for rule in rules], "off": list(off)}
    return Told(tuple(lines), facts)


def _line(rule: MetricRule, many: int) -> str:
    """``cpu-high · cpu > 90 % for 15m · warning · server, node · 412 resources``."""
    kinds = ", ".join(kind.replace("_", " ") for kind in rule.kinds) or "every kind"
    match = f" that fit {rule.match}" if rule.match else ""
    clear = f", over at {words_of(rule.clear)}" if rule.clear else ""
    said = f"{words_of(rule.condition)}{clear} · {rule.severity} · {kinds}{match}"
    return f"{rule.name} · {said} · {count(many, 'resource')}"


def _facts(rule: MetricRule, many: int) -> dict[str, Any]:
    return {
        "name": rule.name, "if": words_of(rule.condition),
        "clear": words_of(rule.clear) if rule.clear else None, "kinds": list(rule.kinds),
        "match": rule.match or None, "severity": str(rule.severity), "missing": rule.missing,
        "shipped": any(rule is one for one in SHIPPED), "resources": many,
    }  # fmt: skip


async def _covered(view: View, rules: Sequence[MetricRule]) -> Counter[str]:
    """How many resources each is about of which something was measured lately."""
    counted: Counter[str] = Counter()
    by_metric: dict[str, list[MetricRule]] = {}
    for rule in rules:
        by_metric.setdefault(rule.condition.metric, []).append(rule)
    for metric, some in by_metric.items():
        since = view.now - _LATELY
        numbers = await view.read(lambda tx, m=metric, s=since: series.measured(tx, m, s))  # type: ignore[misc]
        for n in range(0, len(numbers), 4 * _AT_ONCE):
            part = numbers[n : n + 4 * _AT_ONCE]
            known = await view.read(lambda tx, p=part: resources.many(tx, p))  # type: ignore[misc]
            for one in known.values():
                if one.gone_at is None:
                    counted.update(rule.name for rule in some if _fits(rule, one))
    return counted


def _fits(rule: MetricRule, known: Known) -> bool:
    if rule.kinds and known.resource.kind not in rule.kinds:
        return False
    return rule.filter.fits(values_of(known))


# tried on the past


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would have done: for each resource when it would have fired."""

    rule: MetricRule
    covered: int
    fired: Mapping[int, Sequence[Spell]]
    known: Mapping[int, Known]

    @property
    def times(self) -> int:
        """How often, all together."""
        return sum(map(len, self.fired.values()))


async def _try(view: View, text: str) -> Told:
    rule = _meant(view, text)
    if not isinstance(rule.condition, Limit):
        raise Invalid("A forecast can't be tried on the past; try a limit.", "words")
    tried = await back_test(view, rule)
    if not tried.covered and (hint := _measures(rule.condition.metric)):
        nothing = {"if": words_of(rule.condition), "times": 0, "resources": 0, "fired": []}
        return Told((hint,), nothing)
    zone = _zone(view)
    times = count(tried.times, "time")
    on = f", on {count(len(tried.fired), 'resource')}" if tried.times else ""
    head = (
        f"{words_of(rule.condition)} would have fired {times} in {DAYS} days{on}; it is about "
        f"{count(tried.covered, 'resource')} of which that is measured."
    )
    worst = sorted(tried.fired, key=lambda n: -len(tried.fired[n]))
    lines = [_spells(tried, n, view.now, zone) for n in worst[:_SHOWN]]
    if len(worst) > _SHOWN:
        lines.append(f"{len(worst) - _SHOWN} more.")
    facts = {
        "if": words_of(rule.condition), "times": tried.times, "resources": tried.covered,
        "fired": [
            {"resource": n, "name": tried.known[n].resource.name, "spells": [
                {"since_at": s.since, "until_at": s.until, "worst": s.worst}
                for s in tried.fired[n]]}
            for n in worst
        ],
    }  # fmt: skip
    return Told((head, *lines), facts)


def _measures(metric: str) -> str:
    """What may have been meant by a measure that nothing is known of; empty for those there are."""
    if metric in METRICS:
        return ""
    near = get_close_matches(metric, METRICS, n=1, cutoff=0.6)
    meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(METRICS)}."
    return f"Nothing was measured as {metric} in {DAYS} days. {meant}"


def _meant(view: View, text: str) -> MetricRule:
    """A rule of a name, or a condition with ``kind=`` and what else it must fit."""
    if (known := view.rules.inventory.metrics.named(text)) is not None:
        return known
    if not text:
        raise Invalid("Which one? metric-rules try cpu-high", "words")
    words = text.split()
    cut = next((n for n, w in enumerate(words) if "=" in w.strip("<>=") and n > 1), len(words))
    condition, more = " ".join(words[:cut]), words[cut:]
    kinds = tuple(k for w in more if w.startswith("kind=") for k in w[5:].split(","))
    match = " ".join(w for w in more if not w.startswith("kind="))
    try:
        if bad := [k for k in kinds if k not in KINDS]:
            raise Invalid(f"{bad[0]} is no kind of resource: {', '.join(KINDS)}.", "words")
        filters.read(match)
        return MetricRule("tried", read(condition), kinds, match)
    except (BadRule, filters.BadFilter) as error:
        raise Invalid(str(error), "words") from None


async def back_test(view: View, rule: MetricRule) -> Tried:
    """Try a rule on the last week of what was measured."""
    first = view.now - DAYS * DAY
    metric = rule.condition.metric
    numbers = await view.read(lambda tx: series.measured(tx, metric, first))
    fired: dict[int, list[Spell]] = {}
    known: dict[int, Known] = {}
    covered = 0
    for n in range(0, min(len(numbers), _MOST), _AT_ONCE):
        some = numbers[n : n + _AT_ONCE]
        read_ = await view.read(lambda tx, s=some: _of(tx, s, rule, first))  # type: ignore[misc]
        covered += len(read_)
        found = await asyncio.to_thread(_fired, rule, read_, first)
        fired |= found
        known |= {one.id: one for one, *_ in read_ if one.id in found}
    return Tried(rule, covered, fired, known)


Kept = list[tuple[Known, list[tuple[int, bytes]], float]]


def _of(tx: Tx, numbers: Sequence[int], rule: MetricRule, first: Instant) -> Kept:
    """The resources it is about, what was measured of them, and the whole that it is of."""
    metric = rule.condition.metric
    known = [
        k for k in resources.many(tx, numbers).values() if k.gone_at is None and _fits(rule, k)
    ]
    days = series.days_of(tx, [k.id for k in known], metric, first)
    return [(k, days.get(k.id, []), whole_of(metric, k.resource.size)) for k in known]


def _fired(rule: MetricRule, read_: Kept, first: Instant) -> dict[int, list[Spell]]:
    assert isinstance(rule.condition, Limit)
    found = {}
    for known, days, whole in read_:
        points = [p for day, packed in days for p in series.unpacked(day, packed) if p[0] >= first]
        if some := spells(rule.condition, rule.until, points, whole):
            found[known.id] = some
    return found


def _spells(tried: Tried, number: int, now: Instant, zone: str) -> str:
    """``db-3: 3 times, last at 03:12 CET for 22 min, up to 99 %``."""
    some, metric = tried.fired[number], tried.rule.condition.metric
    last = some[-1]
    for_ = f"for {duration(last.until - last.since)}" if last.until else "and still"
    assert isinstance(tried.rule.condition, Limit)
    way = "up to" if tried.rule.condition.above else "down to"
    name = tried.known[number].resource.name
    times = count(len(some), "time")
    at = local(last.since, zone, now)
    return f"{name}: {times}, last at {at} {for_}, {way} {shown(last.worst, metric)}"


def _zone(view: View) -> str:
    person = view.definitions.people.get(view.actor.id)
    return person.zone if person else "UTC"
