"""Which incidents a list shows and how they are grouped; every list is an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from bot.cards import words
from commands.queries import List, understood

FILTERS = ("status", "severity", "team", "source", "type", "label", "tag", "q", "who")
GROUPS = {"who": "who has it", "severity": "severity", "source": "source", "team": "team"}
STATUSES = {"open": "Open", "resolved": "Resolved", "all": "All"}
_SEVERAL = {"severity", "team", "source", "type", "label", "tag"}
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list: name → value as it stands in the address."""

    values: Mapping[str, str] = field(default_factory=dict)
    group: str = "who"
    page: int = 1
    cursor: str = ""

    @property
    def status(self) -> str:
        """open unless the address says otherwise."""
        return self.values.get("status", "open")

    @property
    def open(self) -> bool:
        """Only what is not over."""
        return self.status not in {"resolved", "all"}

    @property
    def narrow(self) -> bool:
        """Something beside the status is asked for."""
        return any(name != "status" for name in self.values)

    def several(self, name: str) -> list[str]:
        """The values of one filter."""
        text = self.values.get(name, "")
        return [v for v in text.split(",") if v] if name in _SEVERAL else [text] if text else []

    def args(self) -> dict[str, str]:
        """As the ``list`` query takes it."""
        return dict(self.values)

    def said(self) -> str:
        """The filters as people say them: ``team=db, critical``."""
        out = []
        for name in FILTERS[1:]:
            for value in self.several(name):
                bare, text = name in {"severity", "label", "q"}, words.clean(value)
                out.append(text if bare else f"#{text}" if name == "tag" else f"{name}={text}")
        return ", ".join(out)

    # addresses

    def url(self) -> str:
        """The list's own address."""
        found = dict(self.values)
        if self.group != "who":
            found["group"] = self.group
        if self.page > 1:
            found["page"] = str(self.page)
        if self.cursor:
            found["cursor"] = self.cursor
        return f"/?{urlencode(found)}" if found else "/"

    def with_(self, name: str, value: str) -> Wanted:
        """Another value for one filter; the first page of it."""
        values = {k: v for k, v in self.values.items() if k != name}
        if value and (name, value) != ("status", "open"):
            values[name] = value
        return replace(self, values=values, page=1, cursor="")

    def toggled(self, name: str, value: str) -> Wanted:
        """The same with one value more or less."""
        held = self.several(name)
        kept = [v for v in held if v != value] if value in held else [*held, value]
        return self.with_(name, ",".join(kept))

    def grouped(self, group: str) -> Wanted:
        """The same in other groups."""
        return replace(self, group=group, page=1)

    def on_page(self, page: int, cursor: str = "") -> Wanted:
        """Another page of it."""
        return replace(self, page=page, cursor=cursor)

    def bare(self) -> Wanted:
        """Without any filter."""
        return Wanted(group=self.group)


def read(query: Mapping[str, str]) -> Wanted:
    """The list an address asks for; what it does not know is left out."""
    values = {n: query[n].strip()[:_LONGEST] for n in FILTERS if query.get(n, "").strip()}
    if values.get("status") == "open":
        del values["status"]
    group = query.get("group", "who")
    page = query.get("page", "1")
    cursor = query.get("cursor", "")
    return Wanted(
        values,
        group if group in GROUPS else "who",
        int(page) if page.isdecimal() and 0 < int(page[:4]) < 1000 else 1,
        cursor if cursor.isdecimal() and len(cursor) < 16 else "",
    )


def from_words(text: str) -> Wanted:
    """Typed words as filters: ``critical nobody team db``, ``host=db-3``, anything else as text."""
    found = understood(List(filter=text))
    given = {n: str(getattr(found, n)) for n in FILTERS}
    return read(given)
