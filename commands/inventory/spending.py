"""``cost``: what is spent, by service, account, team, tag or region; how it goes, where it leads,
and what made it jump."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from commands.context import View
from commands.errors import Invalid
from commands.inventory import costing
from commands.registry import arg, query
from commands.rules import cost
from commands.rules.cost import BY, Days, Line, Trend, grouped_by, money
from commands.rules.cost_jumps import Jump, Least, day_words, said
from commands.rules.inventory_words import bars
from commands.told import Told
from commands.words import count
from store.inventory import costs
from store.model import DAY

SEE = "inventory.cost"
ROWS, DAYS_SHOWN = 10, 30
_LEAST_DAYS, _MOST_DAYS = 2, 366
NOTHING = (
    "No bills were told yet. A source tells them once its settings say where from: "
    "docs/infrastructure.md."
)


@dataclass(frozen=True, slots=True)
class CostArgs:
    """Arguments of ``cost``."""

    words: str = arg(
        "text", "by service, account, team, tag:x or region; a source; days; or: jumps.",
        default="",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see."""

    by: str = "service"
    source: str = ""
    days: int = DAYS_SHOWN
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class Bill(Told):
    """The answer; ``days`` and ``groups`` are what pictures are drawn from: currency → day → money,
    and currency → (group, day → money), the dearest first."""

    days: dict[str, Days] | None = None
    first: int = 0
    last: int = 0


@query("cost", group="infra", permission=SEE, args=CostArgs, example="cost by team aws-prod 30")
async def cost_(view: View, args: CostArgs) -> Bill:
    """What clouds cost: by service, account, team, tag or region; how it goes, and what jumped."""
    known = await view.read(costs.newest)
    if not known:
        return Bill((NOTHING,))
    asked = read(args.words, known)
    today = view.now // DAY
    first = today - max(asked.days, 62, costing.PAST)
    lines = await costing.read_lines(view.read, first, today, asked.source or None)
    if asked.jumps:
        return await _jumped(view, lines, today, asked)
    return await asyncio.to_thread(_bill, lines, today, asked)


def read(text: str, sources: Sequence[str] | dict[str, int]) -> Asked:
    """What was typed; Invalid says what can be."""
    by, source, days, jumped = "service", "", DAYS_SHOWN, False
    for word in text.replace("by=", "by ").split():
        folded = word.casefold()
        if folded in ("by", "per", "days", "day", "d"):
            continue
        if folded in ("jumps", "jump"):
            jumped = True
        elif (number := folded.removesuffix("d")).isascii() and number.isdecimal():
            days = int(number[:6])
        elif word in sources:
            source = word
        elif folded in BY or folded.startswith("tag:"):
            by = word if folded.startswith("tag:") else folded
        else:
            raise Invalid(f"{word} is none of {', '.join(BY)}, tag:<name>, jumps, nor a source "
                          f"with bills ({', '.join(sorted(sources))}).", "words")  # fmt: skip
    if not _LEAST_DAYS <= days <= _MOST_DAYS:
        raise Invalid(f"Between {_LEAST_DAYS} and {_MOST_DAYS} days.", "words")
    try:
        grouped_by(by)
    except ValueError as error:
        raise Invalid(str(error), "words") from None
    return Asked(by, source, days, jumped)


# the table


def _bill(lines: Sequence[Line], today: int, asked: Asked) -> Bill:
    last = cost.last_whole(lines, today)
    by_currency = cost.summed(lines, asked.by)
    order = sorted(by_currency, key=lambda c: -sum(_span(cost.total(by_currency[c]), last, asked)))
    said_, facts, days = list[str](), list[dict[str, Any]](), dict[str, Days]()
    for currency in order:
        groups = by_currency[currency]
        whole = days[currency] = cost.total(groups)
        said_ += _head(whole, last, currency, asked)
        shown = _rows(groups, last, asked)
        said_ += [_row(name, groups[name], last, currency, asked) for name in shown[:ROWS]]
        if rest := shown[ROWS:]:
            amount = sum(sum(_span(groups[name], last, asked)) for name in rest)
            said_.append(f"{len(rest)} more · "
                         f"{money(amount, currency)}")  # fmt: skip
        facts.append(_facts(currency, groups, shown, whole, last, asked))
    if len(order) > 1:
        said_.append(f"{', '.join(order)} are not added up.")
    if last < today - 1:
        said_.append(f"Bills are in up to {day_words(last, today)}; later days still arrive.")
    first = last - asked.days + 1
    more = {"by": asked.by, "source": asked.source or None, "days": asked.days,
            "until": cost.date_of(last).isoformat(), "currencies": facts}  # fmt: skip
    return Bill(tuple(said_), more, days=days, first=first, last=last)


def _span(days: Days, last: int, asked: Asked) -> list[float]:
    return [days.get(d, 0.0) for d in range(last - asked.days + 1, last + 1)]


def _rows(groups: dict[str, Days], last: int, asked: Asked) -> list[str]:
    """The groups that cost anything, the dearest first."""
    spent = {name: sum(_span(days, last, asked)) for name, days in groups.items()}
    return sorted((n for n, v in spent.items() if abs(v) >= 0.005), key=lambda n: -spent[n])


def _head(days: Days, last: int, currency: str, asked: Asked) -> Iterator[str]:
    spent = _span(days, last, asked)
    where = f" in {asked.source}" if asked.source else ""
    yield (
        f"{money(sum(spent), currency)} in {count(asked.days, 'day')}{where} · "
        f"{_bars(spent, 14)} · 7 days {money(sum(spent[-7:]), currency)}"
        f"{_change(cost.week(days, last))}"
    )
    month, ahead = cost.month(days, last), cost.ahead(days, last)
    name = f"{cost.date_of(last):%B}"
    line = f"{name} so far {money(month.now, currency)}{_change(month)} against the month before"
    if ahead is not None:
        rough = " (few days are known)" if ahead.rough else ""
        line += (
            f" · likely {money(ahead.likely, currency)} by its end, "
            f"{money(ahead.low, currency)} to {money(ahead.high, currency)}{rough}"
        )
    yield line


def _row(name: str, days: Days, last: int, currency: str, asked: Asked) -> str:
    """``AmazonEC2 · 9 120 $ · +38 % in a week · ▂▂▂▂▇▇``."""
    spent = _span(days, last, asked)
    change = _change(cost.week(days, last)).strip(" ()")
    called, week = cost.called(name, asked.by), change and f"{change} in a week"
    parts_ = (called, money(sum(spent), currency), week, _bars(spent))
    return " · ".join(part for part in parts_ if part)


def _bars(spent: Sequence[float], most: int = 8) -> str:
    """From half the least up, so that what changes is seen."""
    return bars(spent, most=most, low=min(spent) / 2)


def _change(trend: Trend) -> str:
    change = trend.change
    if change is None or abs(change) < 0.5:
        return ""
    return f" ({change:+.0f} %)".replace("-", "−")


def _facts(
    currency: str, groups: dict[str, Days], shown: Sequence[str], whole: Days, last: int,
    asked: Asked,
) -> dict[str, Any]:  # fmt: skip
    week, month, ahead = cost.week(whole, last), cost.month(whole, last), cost.ahead(whole, last)
    return {
        "currency": currency, "total": round(sum(_span(whole, last, asked)), 2),
        "days": _by_day(whole, last, asked),
        "week": _trend(week), "month": _trend(month),
        "forecast": None if ahead is None else {
            k: round(v, 2) if isinstance(v, float) else v for k, v in asdict(ahead).items()
        },
        "groups": [
            {"name": name, "total": round(sum(_span(groups[name], last, asked)), 2),
             "week": _trend(cost.week(groups[name], last)),
             "days": _by_day(groups[name], last, asked)}
            for name in shown
        ],
    }  # fmt: skip


def _by_day(days: Days, last: int, asked: Asked) -> dict[str, float]:
    span = range(last - asked.days + 1, last + 1)
    return {cost.date_of(d).isoformat(): round(days.get(d, 0.0), 2) for d in span}


def _trend(trend: Trend) -> dict[str, float | None]:
    change = trend.change
    return {"now": round(trend.now, 2), "before": round(trend.before, 2),
            "change": None if change is None else round(change, 1)}  # fmt: skip


# jumps


async def _jumped(view: View, lines: Sequence[Line], today: int, asked: Asked) -> Bill:
    rules = view.rules.inventory.costs
    least = Least(rules.least, rules.percent)
    source = asked.source or None
    found = await costing.found_jumps(view.read, lines, today, least, asked.by, source)
    if not found:
        from_ = f"{rules.least:g} a day and {rules.percent:g} %"
        return Bill((f"Nothing jumped in two weeks (told from {from_} on).",), {"jumps": []})
    shown = tuple(said(jump, today) for jump in found[:ROWS])
    return Bill(shown, {"jumps": [_jump_facts(j) for j in found]})


def _jump_facts(jump: Jump) -> dict[str, Any]:
    until = None if jump.until is None else cost.date_of(jump.until).isoformat()
    return {
        "by": jump.by, "group": jump.group, "currency": jump.currency,
        "since": cost.date_of(jump.since).isoformat(), "until": until,
        "before": round(jump.before, 2), "now": round(jump.now, 2),
        "percent": None if jump.percent is None else round(jump.percent, 1),
        "causes": [asdict(cause) for cause in jump.causes],
    }  # fmt: skip
