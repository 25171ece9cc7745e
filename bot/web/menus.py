"""The filters above a list: what can be chosen, how often it is there, and the address of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.cards import words
from bot.web.listing import Found
from bot.web.wanted import GROUPS, STATUSES, Wanted
from store.model import AlertType, Severity

_MOST, _LABELS = 14, 8
_MARKS = frozenset(str(s) for s in Severity)


@dataclass(frozen=True, slots=True)
class Option:
    """One entry; ``url`` is the list with it chosen, or no longer chosen."""

    title: str
    url: str
    on: bool
    total: int | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """One filter. ``field`` is the name of a text that may be typed in it."""

    name: str
    title: str
    options: tuple[Option, ...]
    chosen: str = ""
    field: str = ""
    hint: str = ""


def menus(wanted: Wanted, everything: Found, teams: Iterable[str]) -> list[Menu]:
    """The filters of a list, from what is open now."""
    several = [
        _several("severity", wanted, everything, [str(s) for s in Severity]),
        _several("team", wanted, everything, sorted(teams)),
        _several("service", wanted, everything),
        _several("source", wanted, everything),
        _several("type", wanted, everything, [str(t) for t in AlertType]),
        _several("label", wanted, everything, field="label", hint="name=value"),
        _several("tag", wanted, everything, field="tag", hint="a tag"),
    ]
    shown = [m for m in several if m.options or m.field]
    return [_status(wanted), *shown, _group(wanted, everything)]


def _status(wanted: Wanted) -> Menu:
    options = tuple(
        Option(title, wanted.with_("status", name).url(), wanted.status == name)
        for name, title in STATUSES.items()
    )
    return Menu("status", STATUSES.get(wanted.status, wanted.status.capitalize()), options)


def _group(wanted: Wanted, everything: Found) -> Menu:
    """The fields, and the labels that most have."""
    names = dict(GROUPS)
    seen = Counter(pair.partition("=")[0] for pair in everything.counts("label").elements())
    frequent = [n for n, _ in seen.most_common() if n.casefold() not in names]
    names |= {n: words.cut(words.clean(n), 40) for n in frequent[:_LABELS]}
    names.setdefault(wanted.group, words.cut(words.clean(wanted.group), 40))
    options = tuple(
        Option(title.capitalize() if name in GROUPS else title, wanted.grouped(name).url(),
               wanted.group == name)
        for name, title in names.items()
    )  # fmt: skip
    title = f"Group by: {names[wanted.group]}"
    return Menu("group", title, options, field="group", hint="any label")


def _several(
    name: str,
    wanted: Wanted,
    everything: Found,
    always: Iterable[str] = (),
    *,
    field: str = "",
    hint: str = "",
) -> Menu:
    seen = everything.counts(name)
    known = list(always) if name != "type" else [t for t in always if seen[t]]
    there = [*known, *_frequent(seen, field)]
    cased = {v.casefold(): v for v in reversed(there)}
    held = [cased.get(v.casefold(), v) for v in wanted.several(name)]
    names = dict.fromkeys([*held, *there])
    options = tuple(_option(name, value, value in held, seen[value], wanted) for value in names)
    chosen = words.cut(", ".join(words.clean(v) for v in held), 40)
    return Menu(name, name.capitalize(), options, chosen, field, hint)


def _frequent(seen: dict[str, int], field: str) -> Iterator[str]:
    """The most frequent first; a comma would part the value in the address."""
    usable = [v for v in seen if "," not in v and v.strip()]
    ranked = sorted(usable, key=lambda v: (-seen[v], v.casefold()))
    yield from ranked[: _MOST if field else 40]


def _option(name: str, value: str, on: bool, total: int, wanted: Wanted) -> Option:
    title = words.cut(words.clean(value), 60)
    if name in {"severity", "type"}:
        title = title.capitalize()
    mark = value if name == "severity" and value in _MARKS else ""
    return Option(title, wanted.toggled(name, value).url(), on, total, mark)
