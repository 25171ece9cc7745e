"""A snapshot as somebody sees it: no row of an incident that is hidden from them, and nothing
sensitive in what is unsealed. It holds for every query that is run behind it, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ScalarSelect, Select, Table, bindparam, or_, select
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnElement

from store.db import Found, Tx
from store.privacy_tables import PRIVATE_INCIDENTS
from store.tables import ALERTS, AUDIT, INCIDENTS

NOBODY = ""
"""The row that says that an incident is private at all."""
_NUMBER = re.compile(r"#(\d{1,18})\b")
_OWN_WORDS = frozenset(
    {
        "definitions", "config_versions", "sources", "identities", "contacts", "calendars", "feeds",
        "role_grants", "views", "pushes", "calendar_states",
    }
)  # fmt: skip
"""Tables whose words no monitor wrote and that are about no incident."""


_POINTERS = frozenset(
    {"under", "into", "incident", "incident_id", "parent", "of", "previous_id", "merged_into"}
)
"""Fields that hold the number of another incident."""
_NUMBERS = frozenset({"incidents", "changed", "bundle"})
"""Fields that hold a list of such numbers, or of pairs that begin with one."""


class Sensitive(Protocol):
    """What is sensitive, and how it is taken out of words."""

    def names(self, label: str) -> bool:
        """Whether a label's value is sensitive."""
        ...

    def values(self, labels: Mapping[str, Any]) -> frozenset[str]:
        """The sensitive values among some labels."""
        ...

    def masked(self, labels: Mapping[str, Any]) -> dict[str, Any]:
        """Labels with a marker for each sensitive value."""
        ...

    def blank(self, text: str, values: frozenset[str] = ...) -> str:
        """A text without these values."""
        ...


@dataclass(frozen=True, slots=True)
class Veil:
    """What somebody may see. ``mine`` is what private incidents call them (their handle, their
    teams as ``team:db``), ``teams`` are those whose private incidents they see, ``every`` says that
    they see all, ``also`` are single ones they see. ``sensitive`` is what is hidden from them, None
    where nothing is; in ``clear_teams`` it is not. ``notes`` says that sensitive notes are
    hidden, ``note`` what stands there instead."""

    mine: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    every: bool = False
    also: frozenset[int] = frozenset()
    sensitive: Sensitive | None = None
    notes: bool = True
    clear_teams: frozenset[str] = frozenset()
    note: str = ""


def veiled(tx: Tx, veil: Veil | None) -> Tx:
    """The same snapshot as somebody sees it; itself where nothing is hidden from them."""
    if veil is None or tx.veil is not None:
        return tx
    unseen = hidden(tx, veil)
    if not unseen and veil.sensitive is None and not veil.notes:
        return tx
    return VeiledTx(tx, veil, unseen)


def hidden(tx: Tx, veil: Veil) -> frozenset[int]:
    """The numbers of the incidents that are hidden from somebody."""
    if veil.every or tx.run("any private", _any_private, b_nobody=NOBODY).first() is None:
        return frozenset()
    return frozenset(tx.conn.execute(_hidden(veil)).scalars())


def _any_private() -> Any:
    is_private = PRIVATE_INCIDENTS.c.who == bindparam("b_nobody")
    return select(PRIVATE_INCIDENTS.c.incident_id).where(is_private).limit(1)


def _hidden(veil: Veil) -> Select[Any]:
    one, mine, i = PRIVATE_INCIDENTS.c, PRIVATE_INCIDENTS.alias("mine").c, INCIDENTS.alias("its").c
    theirs = select(mine.incident_id).where(mine.who.in_(sorted(veil.mine - {NOBODY})))
    chosen = select(one.incident_id).where(one.who == NOBODY)
    chosen = chosen.where(one.incident_id.not_in(theirs))
    if veil.also:
        chosen = chosen.where(one.incident_id.not_in(sorted(veil.also)))
    if veil.teams:
        ours = select(i.id).where(i.id.in_(_privates()) & i.team.in_(sorted(veil.teams)))
        chosen = chosen.where(one.incident_id.not_in(ours))
    return chosen


def _privates() -> ScalarSelect[Any] | Select[Any]:
    every = PRIVATE_INCIDENTS.alias("every").c
    return select(every.incident_id).where(every.who == NOBODY)


class VeiledTx(Tx):
    """A snapshot of which somebody sees a part. It is only read: what is masked must never be
    written back."""

    __slots__ = ("plain", "unseen")

    def __init__(self, tx: Tx, veil: Veil, unseen: frozenset[int]) -> None:
        conn: Any = _Connection(tx.conn, veil) if unseen else tx.conn
        super().__init__(conn, tx.ring, tx.ids, hot=tx.hot, definitions=tx.definitions, veil=veil)
        self.plain, self.unseen = tx, unseen
        self.ring = _Ring(self)  # type: ignore[assignment]

    def run(self, name: str, statement: Callable[[], Any], **values: Any) -> Found:
        """As ``Tx.run``, without the rows that are hidden."""
        if not self.unseen:
            return self.plain.run(name, statement, **values)
        found: Found = self.conn.execute(statement(), values)
        return found

    def seen(self, columns: dict[str, Any]) -> dict[str, Any]:
        """An incident points at none that is hidden."""
        pointers = ("previous_id", "merged_into")
        return {name: None for name in pointers if columns.get(name) in self.unseen}

    def driver(self) -> Any:
        """Nothing goes past the veil."""
        raise TypeError("a veiled snapshot has no driver of its own")

    def insert(self, table: Table, rows: Any) -> None:
        """Nothing is written behind a veil."""
        raise TypeError("a veiled snapshot is only read")

    insert_new = insert


class _Connection:
    """Runs each statement without the rows of hidden incidents."""

    def __init__(self, conn: Any, veil: Veil) -> None:
        self._conn, self._veil = conn, veil

    def execute(self, statement: Any, *args: Any, **more: Any) -> Any:
        return self._conn.execute(without(statement, self._veil), *args, **more)

    def exec_driver_sql(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a veiled snapshot reads by statements that can be narrowed")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conn, name)


def without(statement: Any, veil: Veil) -> Any:
    """A statement that leaves out every row that belongs to a hidden incident: of each table that
    it reads, in each of its parts, by the column that names the incident."""
    if not getattr(statement, "is_select", False):
        raise TypeError("a veiled snapshot is only read")

    def narrow(part: Any) -> None:
        for source in part.get_final_froms():
            for column in _columns(source):
                part._where_criteria += (_seen(column, veil),)

    return visitors.cloned_traverse(statement, {}, {"select": narrow})


def _seen(column: ColumnElement[Any], veil: Veil) -> ColumnElement[bool]:
    return or_(column.is_(None), column.not_in(_hidden(veil)))


def _columns(source: Any) -> list[Any]:
    """The columns by which the tables of a FROM name incidents."""
    if hasattr(source, "left") and hasattr(source, "right"):
        return [*_columns(source.left), *_columns(source.right)]
    table = getattr(source, "element", source)
    if not isinstance(table, Table) or table is PRIVATE_INCIDENTS:
        return []
    if table is INCIDENTS:
        return [source.c.id]
    return [source.c.incident_id] if "incident_id" in table.c else []


class _Ring:
    """Opens sealed rows for whoever may not see everything that is in them."""

    def __init__(self, tx: VeiledTx) -> None:
        assert tx.veil is not None
        self._tx, self._ring, self._veil = tx, tx.plain.ring, tx.veil
        self._known: frozenset[str] = frozenset()
        self._of: dict[int, frozenset[str]] = {}
        self._teams: dict[int, str | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ring, name)

    def blind(self, kind: str, *parts: str) -> bytes:
        """A hash to look a value up by; of a sensitive label one that nothing has."""
        words = self._veil.sensitive
        if kind == "label" and words is not None and words.names(parts[0]):
            return b""
        return self._ring.blind(kind, *parts)

    def open(self, table: str, row: object, blob: bytes) -> Any:
        """What was sealed, as its reader sees it."""
        found = self._ring.open(table, row, blob)
        if table in _OWN_WORDS:
            return found
        if self._veil.notes and _is_sensitive_note(found, table):
            found = self._note(found, table, row)
        if self._veil.sensitive is None:
            return self._told(found, None, frozenset()) if self._tx.unseen else found
        number = self._audited(found) if table == AUDIT.name else self._incident(table, row)
        return self._shown(found, table, number)

    def _shown(self, found: Any, table: str, number: int | None) -> Any:
        words: Sensitive | None = self._veil.sensitive
        if number is not None and self._clear(number):
            words = None
        elif words is not None:
            labels = found.get("labels") if isinstance(found, dict) else None
            own = words.values(labels) if isinstance(labels, dict) else frozenset()
            alone = table == INCIDENTS.name and not found.get("summary")
            more = frozenset() if alone or number is None else self._values(number, words)
            self._known |= own | more
        return self._told(found, words, self._known)

    def _incident(self, table: str, row: object) -> int | None:
        """The incident that a row is about, where the record says so."""
        known = INCIDENTS.metadata.tables.get(table)
        if known is None or not isinstance(row, int):
            return None
        if known is INCIDENTS or ("incident_id" in known.primary_key and "who" not in known.c):
            return row
        if "incident_id" not in known.c or "id" not in known.c:
            return None
        found = select(known.c.incident_id).where(known.c.id == row)
        number: int | None = self._tx.plain.conn.execute(found).scalar()
        return number

    def _audited(self, found: Any) -> int | None:
        """The incident that a row of the record names."""
        args = found.get("args") if isinstance(found, dict) else None
        number = args.get("incident") if isinstance(args, dict) else None
        return number if isinstance(number, int) else None

    def _note(self, found: dict[str, Any], table: str, row: object) -> dict[str, Any]:
        """A sensitive note: that it was written, not what it says."""
        number = self._incident(table, row) if self._veil.clear_teams else None
        if number is not None and self._clear(number):
            return found
        if table == AUDIT.name:
            said = {**found["args"], "text": self._veil.note}
            return {n: said if n == "args" else v for n, v in found.items() if n != "changes"}
        held = {n: v for n, v in found.items() if n not in ("why", "files", "quote")}
        return {**held, **{n: self._veil.note for n in ("say", "text") if n in held}}

    def _clear(self, number: int) -> bool:
        """Whether an incident's sensitive words may be read."""
        if not self._veil.clear_teams:
            return False
        if number not in self._teams:
            chosen = select(INCIDENTS.c.team).where(INCIDENTS.c.id == number)
            self._teams[number] = self._tx.plain.conn.execute(chosen).scalar()
        return self._teams[number] in self._veil.clear_teams

    def _values(self, number: int, words: Sensitive) -> frozenset[str]:
        """The sensitive values that an incident and its alerts have."""
        if number not in self._of:
            found = frozenset[str]()
            mine = select(INCIDENTS.c.id, INCIDENTS.c.sealed).where(INCIDENTS.c.id == number)
            alerts = select(ALERTS.c.id, ALERTS.c.sealed).where(ALERTS.c.incident_id == number)
            for name, chosen in ((INCIDENTS.name, mine), (ALERTS.name, alerts)):
                for each in self._tx.plain.conn.execute(chosen):
                    labels = self._ring.open(name, each.id, each.sealed).get("labels")
                    found |= words.values(labels or {})
            self._of[number] = found
        return self._of[number]

    def _told(self, value: Any, words: Sensitive | None, values: frozenset[str]) -> Any:
        if isinstance(value, str):
            return self._line(words.blank(value, values) if words is not None else value)
        if isinstance(value, dict):
            return {n: self._field(n, v, words, values) for n, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._told(v, words, values) for v in value]
        return value

    def _field(self, name: str, value: Any, words: Sensitive | None, values: frozenset[str]) -> Any:
        unseen = self._tx.unseen
        if name in _POINTERS and isinstance(value, int):
            return None if value in unseen else value
        if unseen and name in _NUMBERS and isinstance(value, list | tuple):
            value = [v for v in value if (v[0] if isinstance(v, list) and v else v) not in unseen]
        if name in ("labels", "tags") and isinstance(value, dict) and words is not None:
            value = words.masked(value)
        return self._told(value, words, values)

    def _line(self, text: str) -> str:
        """A sentence without the numbers of what is hidden."""
        if not self._tx.unseen or "#" not in text:
            return text
        unseen = self._tx.unseen
        return _NUMBER.sub(lambda m: "another incident" if int(m[1]) in unseen else m[0], text)


def _is_sensitive_note(found: Any, table: str) -> bool:
    if not isinstance(found, dict):
        return False
    if table == AUDIT.name:
        return bool((found.get("args") or {}).get("sensitive"))
    if table not in ("timeline", "notes"):
        return False
    return bool(found.get("sensitive") or (found.get("detail") or {}).get("sensitive"))
