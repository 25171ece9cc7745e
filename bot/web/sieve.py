"""What a list of resources is asked for by its address, and the menus that change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from bot.cards import words
from bot.web.menus import Menu, Option
from commands.inventory.search import group_said

FIELDS = ("kind", "provider", "health", "team", "source", "service", "region", "group")
TITLES = {"group": "Namespace or tenant"}
BY = ("health", "kind", "team", "provider", "source", "service", "region", "group")
PAGE = 50
_MARKS = {"down": "critical", "degraded": "warning", "ok": "resolved", "bad": "warning"}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Sieve:
    """``q`` are words, ``values`` the fields that were chosen, ``by`` how it is grouped."""

    q: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    page: int = 1

    @property
    def text(self) -> str:
        """The words and fields as ``inventory`` reads them."""
        return " ".join([self.q, *(f"{k}={v}" for k, v in self.values.items())]).strip()

    @property
    def narrow(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.q or self.values)

    def url(self) -> str:
        """Its address."""
        asked = {"q": self.q, **self.values, "by": self.by}
        if self.page > 1:
            asked["page"] = str(self.page)
        said = urlencode({k: v for k, v in asked.items() if v})
        return f"/inventory?{said}" if said else "/inventory"

    def with_(self, name: str, value: str) -> Sieve:
        """The same with a field chosen, or with ``""`` no more."""
        values = {k: v for k, v in {**self.values, name: value}.items() if v}
        return replace(self, values=values, page=1)

    def grouped(self, by: str) -> Sieve:
        """The same by a field."""
        return replace(self, by=by, page=1)

    def on_page(self, page: int) -> Sieve:
        """Another page of the same."""
        return replace(self, page=page)

    def inside(self, value: str) -> Sieve:
        """One group of it alone."""
        return replace(self.with_(self.by, value), by="")


def read(query: Mapping[str, str]) -> Sieve:
    """What an address asks for."""
    values = {n: v for n in FIELDS if (v := _clean(query.get(n, ""))) and " " not in v}
    by, page = query.get("by", ""), query.get("page", "")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    return Sieve(_clean(query.get("q", "")), values, by if by in BY else "", max(1, number))


def _clean(text: str) -> str:
    return words.clean(text)[:_LONGEST]


def menus(sieve: Sieve, facets: Mapping[str, Sequence[tuple[str, int]]]) -> list[Menu]:
    """The filters, with how many there are of each, and how it is grouped."""
    shown = [_menu(name, sieve, facets.get(name, ())) for name in FIELDS]
    by = tuple(
        Option(_title(name), sieve.grouped("" if name == sieve.by else name).url(),
               name == sieve.by)
        for name in BY
    )  # fmt: skip
    title = f"Group by: {_title(sieve.by).lower()}" if sieve.by else "Group by"
    return [*(menu for menu in shown if menu.options), Menu("by", title, by)]


def _title(name: str) -> str:
    return TITLES.get(name, name.capitalize())


def _menu(name: str, sieve: Sieve, found: Iterable[tuple[str, int]]) -> Menu:
    chosen = sieve.values.get(name, "")
    counted = dict(found)
    if name == "health" and not chosen and (bad := _bad(counted)):
        counted = {"bad": bad, **counted}
    if chosen and chosen not in counted:
        counted = {chosen: 0, **counted}
    options = tuple(
        Option(said(name, value), sieve.with_(name, "" if value == chosen else value).url(),
               value == chosen, total or None, _MARKS.get(value, "") if name == "health" else "")
        for value, total in counted.items()
    )  # fmt: skip
    return Menu(name, _title(name), options, said(name, chosen) if chosen else "")


def _bad(counted: Mapping[str, int]) -> int:
    both = [counted.get(name, 0) for name in ("down", "degraded")]
    return sum(both) if all(both) else 0


def said(name: str, value: str) -> str:
    """What people call a value."""
    if name == "health" and value == "bad":
        return "down or degraded"
    said = value if name == "team" else group_said(name, value)
    return words.cut(words.clean(said), 60)
