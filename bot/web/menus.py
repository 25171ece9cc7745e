"""The filters above a list: what can be chosen, how often it is there, and the address of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.cards import words
from bot.web.listing import Found
from bot.web.wanted import GROUPS, STATUSES, Wanted
from store.model import AlertType, Severity

_MOST = 14


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
        _service(wanted, everything),
        _several("source", wanted, everything),
        _several("type", wanted, everything, [str(t) for t in AlertType]),
        _several("label", wanted, everything, field="label", hint="name=value"),
        _several("tag", wanted, everything, field="tag", hint="a tag"),
    ]
    return [_status(wanted), *[m for m in several if m.options or m.field], _group(wanted)]


def _status(wanted: Wanted) -> Menu:
    options = tuple(
        Option(title, wanted.with_("status", name).url(), wanted.status == name)
        for name, title in STATUSES.items()
    )
    return Menu("status", STATUSES.get(wanted.status, wanted.status.capitalize()), options)


def _group(wanted: Wanted) -> Menu:
    options = tuple(
        Option(title.capitalize(), wanted.grouped(name).url(), wanted.group == name)
        for name, title in GROUPS.items()
    )
    return Menu("group", f"Group by: {GROUPS[wanted.group]}", options)


def _several(
    name: str,
    wanted: Wanted,
    everything: Found,
    always: Iterable[str] = (),
    *,
    field: str = "",
    hint: str = "",
) -> Menu:
    held = wanted.several(name)
    seen = everything.counts(name)
    known = list(always) if name != "type" else [t for t in always if seen[t]]
    names = dict.fromkeys([*held, *known, *_frequent(seen, field)])
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
    mark = value if name == "severity" else ""
    return Option(title, wanted.toggled(name, value).url(), on, total, mark)


def _service(wanted: Wanted, everything: Found) -> Menu:
    """A service is a label; it has a menu of its own because people think in services."""
    held = [v.removeprefix("service=") for v in wanted.several("label") if v[:8] == "service="]
    seen = everything.counts("service")
    names = dict.fromkeys([*held, *_frequent(seen, "")])
    options = tuple(
        Option(
            words.cut(words.clean(v), 60),
            wanted.toggled("label", f"service={v}").url(),
            v in held,
            seen[v],
        )
        for v in names
    )
    return Menu("service", "Service", options, words.cut(", ".join(map(words.clean, held)), 40))
