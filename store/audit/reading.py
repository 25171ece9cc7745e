"""Looking things up in the record: newest first, in pages, by what stands beside the sealed detail
and by what is in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select, tuple_

from store.audit.chain import STRANGER, canonical, named, opened
from store.clock import Instant
from store.crypto import Damaged
from store.db import Tx
from store.tables import AUDIT

PAGE = 250
MACHINE = "system:pixelview"
Cursor = tuple[Instant, str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the record. ``detail`` is empty where it was erased or does not open."""

    writer: str
    seq: int
    at: Instant
    actor: str
    verb: str
    outcome: str
    incident_id: int | None
    detail: Mapping[str, Any]
    erased: bool
    salt: bytes | None
    digest: bytes
    prev: bytes
    mac: bytes

    @property
    def cursor(self) -> Cursor:
        """Where a search goes on after it."""
        return (self.at, self.writer, self.seq)

    @property
    def name(self) -> str:
        """Who it was, as they were called then."""
        return str(self.detail.get("name") or self.actor.partition(":")[2])

    @property
    def surface(self) -> str:
        """From where."""
        return str(self.detail.get("surface") or "")

    @property
    def address(self) -> str:
        """The peer's address or the account there."""
        return str(self.detail.get("address") or "")

    @property
    def incidents(self) -> tuple[int, ...]:
        """The incidents it is about: the one it names, or those a commit touched."""
        if self.incident_id is not None:
            return (self.incident_id,)
        named = self.detail.get("incidents") or [c[0] for c in self.detail.get("changed", ())]
        return tuple(n for n in named if isinstance(n, int))


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search asks for; empty fields ask for nothing. ``actor`` is a handle or ``kind:id``;
    times are from ``since`` up to, not including, ``until``."""

    actor: str = ""
    verb: str = ""
    incident: int | None = None
    outcome: str = ""
    surface: str = ""
    address: str = ""
    since: Instant | None = None
    until: Instant | None = None
    words: str = ""

    def said(self) -> dict[str, Any]:
        """Only what it asks for, to be kept on record."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in named.items() if value not in ("", None)}


class Stretch(NamedTuple):
    """One stretch of the record: what is meant in it, its last row, and whether it was the end."""

    entries: list[Entry]
    last: Cursor | None
    ended: bool


def search(tx: Tx, sought: Sought, after: Cursor | None = None) -> Iterator[Stretch]:
    """What is found, newest first, stretch by stretch."""
    ended = False
    while not ended:
        rows = tx.conn.execute(_page(tx, sought, after)).all()
        found = [entry for row in rows if _is_meant(sought, entry := from_row(tx, row))]
        ended = len(rows) < PAGE
        after = (rows[-1].at, rows[-1].writer, rows[-1].seq) if rows else after
        yield Stretch(found, after, ended)


def _page(tx: Tx, sought: Sought, after: Cursor | None) -> Any:
    key = (AUDIT.c.at, AUDIT.c.writer, AUDIT.c.seq)
    found = select(AUDIT).where(*_where(tx, sought))
    if after is not None:
        found = found.where(tuple_(*key) < after)
    return found.order_by(*(column.desc() for column in key)).limit(PAGE)


def _where(tx: Tx, sought: Sought) -> Iterator[Any]:
    """What can be asked of the columns."""
    if sought.actor:
        yield AUDIT.c.actor.in_(_called(tx, sought.actor))
    if sought.verb:
        below = AUDIT.c.verb.startswith(f"{sought.verb}.", autoescape=True)
        yield (AUDIT.c.verb == sought.verb) | below
    if sought.outcome:
        yield AUDIT.c.outcome == sought.outcome
    if sought.since is not None:
        yield AUDIT.c.at >= sought.since
    if sought.until is not None:
        yield AUDIT.c.at < sought.until
    if sought.incident is not None:
        of_many = AUDIT.c.incident_id.is_(None)
        yield or_(AUDIT.c.incident_id == sought.incident, of_many)


def _called(tx: Tx, who: str) -> list[str]:
    """How a handle, a ``kind:id`` or a chat account (``slack:U0ANA``) may stand in the column."""
    if ":" in who:
        return [who, named(tx, STRANGER, who.removeprefix(f"{STRANGER}:"))]
    return [f"{kind}:{who}" for kind in ("person", "system", "token:token", STRANGER)]


def _is_meant(sought: Sought, entry: Entry) -> bool:
    """What has to be looked up in the detail."""
    if sought.incident is not None and sought.incident not in entry.incidents:
        return False
    if sought.surface and entry.surface != sought.surface:
        return False
    if sought.address and not entry.address.startswith(sought.address):
        return False
    if not sought.words:
        return True
    text = f"{entry.actor} {entry.verb} {canonical(entry.detail).decode()}".casefold()
    return all(word in text for word in sought.words.casefold().split())


def from_row(tx: Tx, row: Any) -> Entry:
    """The entry of one row."""
    detail: Any = {}
    salt: bytes | None = None
    if row.sealed is not None:
        try:
            salt, detail = opened(tx, row)
        except Damaged:
            detail = {"damaged": True}
    if unseen := getattr(tx, "unseen", None):
        detail = _seen(detail, unseen)
    return Entry(
        row.writer, row.seq, row.at, row.actor, row.verb, row.outcome, row.incident_id,
        detail, row.sealed is None, salt,
        bytes(row.digest), bytes(row.prev), bytes(row.mac),
    )  # fmt: skip


def _seen(detail: Any, unseen: Collection[int]) -> Any:
    """Without the words and changes of incidents that its reader may not see."""
    lines, changes = detail.get("lines"), detail.get("changes")
    if lines:
        seen = [each for each in lines if each.get("incident", 0) not in (None, *unseen)]
        detail = {**detail, "lines": seen}
    if changes:
        hidden = {f"{noun} {n}" for n in unseen for noun in ("incident", "war room")}
        detail = {**detail, "changes": {n: c for n, c in changes.items() if n not in hidden}}
    return detail


def following(tx: Tx, writer: str, after: int, limit: int) -> list[Entry]:
    """The rows of one chain after a place, in order."""
    rows = tx.run("audit following", _following, b_writer=writer, b_after=after, b_limit=limit)
    return [from_row(tx, row) for row in rows]


def _following() -> Any:
    mine = (AUDIT.c.writer == bindparam("b_writer")) & (AUDIT.c.seq > bindparam("b_after"))
    return select(AUDIT).where(mine).order_by(AUDIT.c.seq).limit(bindparam("b_limit"))


def one(tx: Tx, writer: str, seq: int) -> Entry | None:
    """One row, or None."""
    mine = (AUDIT.c.writer == writer) & (AUDIT.c.seq == seq)
    row = tx.conn.execute(select(AUDIT).where(mine)).first()
    return None if row is None else from_row(tx, row)
