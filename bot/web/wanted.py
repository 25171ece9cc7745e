"""Which incidents a list shows and how they are grouped; every list is an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from bot.cards import words
from commands.rules import filters, lists
from commands.rules.filters import OWN, BadFilter, Term
from commands.rules.lists import Asked
from store.model import Severity

FILTERS = (
    "status", "severity", "team", "service", "source", "type", "label", "tag", "q", "who",
)  # fmt: skip
EVERYTHING = "/?status=open"
"""Without any filter, also for those whose Now begins with a view."""
GROUPS = {
    "who": "who has it",
    "person": "person",
    "severity": "severity",
    "team": "team",
    "service": "service",
    "source": "source",
    "type": "type",
    "status": "state",
    "host": "host",
    "tag": "tag",
}
STATUSES = {"open": "Open", "resolved": "Resolved", "all": "All"}
SORTS = {"newest": "newest first", "oldest": "oldest first"}
_SEVERAL = {"severity", "team", "service", "source", "type", "label", "tag"}
_STATES = {
    ("triggered", "acknowledged"): "open",
    ("triggered",): "triggered",
    ("acknowledged",): "acknowledged",
    ("resolved",): "resolved",
    ("*",): "all",
}
_LONGEST, _NAME = 500, 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of a list: name → value as it stands in the address; ``extra`` are the words of
    the filter language that no field has a place for, ``wrong`` what can't be read in them."""

    values: Mapping[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    group: str = "who"
    sort: str = ""
    page: int = 1
    cursor: str = ""
    wrong: str = ""

    @property
    def status(self) -> str:
        """open unless the address says otherwise."""
        return self.values.get("status", "open")

    @property
    def open(self) -> bool:
        """Only what is not over."""
        beside = any(t.startswith(("status", "view=")) for t in self.extra)
        return self.status not in {"resolved", "all"} and not beside

    @property
    def narrow(self) -> bool:
        """Something beside the status is asked for."""
        return bool(self.extra) or any(name != "status" for name in self.values)

    def several(self, name: str) -> list[str]:
        """The values of one filter."""
        text = self.values.get(name, "")
        return [v for v in text.split(",") if v] if name in _SEVERAL else [text] if text else []

    def args(self, zone: str = "") -> dict[str, str]:
        """As the ``list`` query takes it; times are meant in a zone."""
        found = dict(self.values)
        if self.extra:
            found |= {"filter": " ".join(self.extra), "zone": zone}
        if self.sort and not self.open:
            found["sort"] = self.sort
        return found

    def said(self) -> str:
        """The filters as people say them: ``team=db, critical``."""
        out = []
        for name in FILTERS[1:]:
            for value in self.several(name):
                bare, text = name in {"severity", "label", "q"}, words.clean(value)
                out.append(text if bare else f"#{text}" if name == "tag" else f"{name}={text}")
        return ", ".join((*out, *(words.clean(said(e)) for e in self.extra)))

    def words(self) -> str:
        """The same in the language of filters, to be typed, changed and saved."""
        groups = [] if self.group == "who" else [f"group={lists.quoted(self.group)}"]
        sort = [f"sort={self.sort}"] if self.sort else []
        return " ".join((*self._words(), *self.extra, *groups, *sort))

    def _words(self) -> Iterator[str]:
        for name in FILTERS:
            held = self.several(name)
            if name == "label":
                yield from (str(filters.of_label(v)) for v in held if "=" in v)
            elif name == "tag":
                yield from (str(Term("tag", (v,))) for v in held)
            elif name == "q":
                yield from (lists.word(w) for text in held for w in text.casefold().split())
            elif held and name in ("status", "severity"):
                yield ",".join(held)
            elif held and name == "who" and held[0] in ("me", "nobody"):
                yield {"me": "mine"}.get(held[0], held[0])
            elif held:
                yield str(Term(name, tuple(held)))

    # addresses

    def url(self) -> str:
        """The list's own address."""
        found = dict(self.values)
        if self.extra:
            found["filter"] = " ".join(self.extra)
        if self.group != "who":
            found["group"] = self.group
        if self.sort:
            found["sort"] = self.sort
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
        low = value.casefold()
        kept = [v for v in held if v.casefold() != low]
        return self.with_(name, ",".join(kept if len(kept) < len(held) else [*held, value]))

    def without(self, extra: str) -> Wanted:
        """The same without some of its words."""
        rest = tuple(e for e in self.extra if e != extra)
        return replace(self, extra=rest, page=1, cursor="", wrong="")

    def grouped(self, group: str) -> Wanted:
        """The same in other groups."""
        return replace(self, group=group, page=1)

    def sorted(self, sort: str) -> Wanted:
        """The same in another order."""
        return replace(self, sort=sort, page=1, cursor="")

    def on_page(self, page: int, cursor: str = "") -> Wanted:
        """Another page of it."""
        return replace(self, page=page, cursor=cursor)

    def bare(self) -> Wanted:
        """Without any filter."""
        return Wanted(group=self.group, sort=self.sort)

    def same(self, other: Wanted) -> bool:
        """The same list, whatever the page and the order its filters were said in."""
        return _shape(self) == _shape(other)


def _shape(w: Wanted) -> object:
    values = {k: sorted(v.casefold().split(",")) for k, v in w.values.items()}
    return values, sorted(w.extra), w.group, w.sort


def said(extra: str) -> str:
    """Words of the filter language for people: ``since yesterday``."""
    timed = extra.startswith(("since=", "before="))
    return extra.replace("=", " ", 1).replace('"', "") if timed else extra


def read(query: Mapping[str, str], now: int, zone: str) -> Wanted:
    """The list an address asks for; what it does not know is left out."""
    values = {n: query[n].strip()[:_LONGEST] for n in FILTERS if query.get(n, "").strip()}
    if values.get("status") == "open":
        del values["status"]
    group = " ".join(query.get("group", "who").split())[:_NAME] or "who"
    page = query.get("page", "1")
    cursor = query.get("cursor", "")
    sort = query.get("sort", "")
    known = Wanted(
        values,
        group=group,
        sort=sort if sort in SORTS else "",
        page=int(page) if page.isdecimal() and 0 < int(page[:4]) < 1000 else 1,
        cursor=cursor if cursor.isdecimal() and len(cursor) < 16 else "",
    )
    text = query.get("filter", "").strip()[:_LONGEST]
    if not text:
        return known
    try:
        more = from_words(text, now, zone)
    except BadFilter as error:
        return replace(known, extra=(text,), wrong=f"{text}: {error}")
    free = {n: v for n, v in more.values.items() if n not in values}
    rest = Wanted({n: v for n, v in more.values.items() if n in values})
    return replace(
        known,
        values={**values, **free},
        extra=(*rest._words(), *more.extra),
        group=more.group if group == "who" else group,
        sort=known.sort or more.sort,
    )


def from_words(text: str, now: int, zone: str) -> Wanted:
    """Typed words as filters: ``critical nobody team=db``, ``host=db-3``, anything else as text.
    BadFilter says what is wrong with them."""
    asked = lists.of_tokens(filters.split(text), now, zone)
    values: dict[str, str] = {}
    extra = [str(term) for term in asked.filter.terms if not _fits_in(term, values)]
    texts = [w for w in asked.filter.words if len(w.split()) == 1]
    if texts:
        values["q"] = " ".join(texts)
    extra += [lists.word(w) for w in asked.filter.words if w not in texts]
    extra += [t.said for t in asked.times]
    extra += [f"view={lists.quoted(asked.view)}"] if asked.view else []
    if values.get("status") == "open":
        del values["status"]
    return Wanted(values, tuple(extra), _group(asked), asked.sort if asked.sort in SORTS else "")


def _group(asked: Asked) -> str:
    return asked.group if asked.group not in ("", "who") else "who"


def _fits_in(term: Term, values: dict[str, str]) -> bool:
    """Whether an address has a place for a term; it is put there."""
    if term.but or any(set(g) & set("[,") or not g for g in term.globs):
        return False
    one = term.globs[0] if len(term.globs) == 1 else ""
    if term.name == "status":
        return _put(values, "status", _STATES.get(term.globs, ""))
    if term.name == "severity":
        named = set(term.globs) <= {str(s) for s in Severity}
        return _put(values, "severity", ",".join(term.globs) if named else "")
    if term.name in ("team", "service", "source", "type"):
        return _put(values, term.name, ",".join(term.globs))
    if term.name == "who":
        return _put(values, "who", one)
    if term.name == "tag" and one:
        values["tag"] = ",".join((*values.get("tag", "").split(","), one)).strip(",")
        return True
    if term.name in OWN or not one or set(term.name) & set("=,"):
        return False
    labels = (*values.get("label", "").split(","), f"{term.name}={one}")
    values["label"] = ",".join(label for label in labels if label)
    return True


def _put(values: dict[str, str], name: str, value: str) -> bool:
    if not value or name in values:
        return False
    values[name] = value
    return True
