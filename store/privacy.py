"""Every row that says something of a person: read for their copy, rewritten for their erasure."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import String, Table, and_, select, tuple_

from store import definitions, upkeep
from store.clock import Instant
from store.crypto import Damaged
from store.db import Tx
from store.erasure_tables import PRIVACY_JOBS, PRIVACY_PARTS
from store.model.privacy import Job
from store.tables import METADATA
from store.traces import NOT_PEOPLE, Traces

ASKED, RUNNING, DONE = "asked", "running", "done"
_OWN = ("privacy_jobs", "privacy_parts", "alembic_version", "counters", "leases", "meta", "changes")
_SHARED = ("runs", "covers")
"""Tables with a ``person`` that say who was on call and asked; the rows of others go with them."""
_FIRST = ("definitions", "config_versions")


def begin(tx: Tx, now: Instant, kind: str, by: str, kept: Mapping[str, Any]) -> Job:
    """Keep what was asked for; it does not run yet."""
    number = upkeep.number(tx, "privacy")
    sealed = tx.ring.seal("privacy_jobs", number, dict(kept))
    tx.insert(PRIVACY_JOBS, [(number, kind, ASKED, by, now, None, 0, sealed)])
    return Job(number, kind, ASKED, by, now, None, 0, kept)


def save(tx: Tx, job: Job) -> None:
    """How far it is."""
    sealed = tx.ring.seal("privacy_jobs", job.id, dict(job.kept))
    changed = {"state": job.state, "done_at": job.done_at, "rows": job.rows, "sealed": sealed}
    tx.conn.execute(PRIVACY_JOBS.update().where(PRIVACY_JOBS.c.id == job.id).values(**changed))


def get(tx: Tx, number: int) -> Job | None:
    """One of them, or None."""
    row = tx.conn.execute(select(PRIVACY_JOBS).where(PRIVACY_JOBS.c.id == number)).first()
    return _job(tx, row) if row is not None else None


def _job(tx: Tx, row: Any) -> Job:
    kept = tx.ring.open("privacy_jobs", row.id, row.sealed)
    return Job(row.id, row.kind, row.state, row.by, row.at, row.done_at, row.rows, kept)


def recent(tx: Tx, limit: int = 50) -> list[Job]:
    """The latest, the newest first."""
    latest = select(PRIVACY_JOBS).order_by(PRIVACY_JOBS.c.id.desc()).limit(limit)
    return [_job(tx, row) for row in tx.conn.execute(latest)]


def drop(tx: Tx, number: int) -> None:
    """A copy is gone."""
    tx.conn.execute(PRIVACY_PARTS.delete().where(PRIVACY_PARTS.c.job_id == number))
    tx.conn.execute(PRIVACY_JOBS.delete().where(PRIVACY_JOBS.c.id == number))


def add_part(tx: Tx, now: Instant, job: Job, number: int, rows: Sequence[Any]) -> None:
    """Keep some of what was gathered."""
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("privacy_parts", row_id, list(rows))
    tx.insert(PRIVACY_PARTS, [(row_id, job.id, number, sealed)])


def parts(tx: Tx, number: int) -> Iterator[Any]:
    """What was gathered, in order: (table, row) pairs."""
    mine = select(PRIVACY_PARTS).where(PRIVACY_PARTS.c.job_id == number)
    for row in tx.conn.execute(mine.order_by(PRIVACY_PARTS.c.number)):
        yield from tx.ring.open("privacy_parts", row.id, row.sealed)


def open_of(tx: Tx, handle: str) -> list[int]:
    """The numbers of open incidents that somebody has or is assigned."""
    table = METADATA.tables["incidents"]
    theirs = (table.c.holder == handle) | (table.c.assignee == handle)
    chosen = select(table.c.id).where(theirs & (table.c.status != "resolved")).order_by(table.c.id)
    return list(tx.conn.execute(chosen.limit(50)).scalars())


# ---- who somebody is -----------------------------------------------------------------------------


def traces_of(tx: Tx, handle: str, instead: str, others: Sequence[str] = ()) -> Traces:
    """How a person was ever called and reached; ``others`` are names of those who stay."""
    names: dict[str, None] = {}
    reached: dict[str, None] = {}
    table = METADATA.tables["definitions"]
    mine = (table.c.kind == "person") & (table.c.name == handle)
    for row in tx.conn.execute(select(table).where(mine).order_by(table.c.id)):
        said = tx.ring.open("definitions", row.id, row.sealed)
        names[said["name"]] = None
        told = (said.get("email"), *said.get("contacts", {}).values(), *said["away_calendars"])
        reached.update({each: None for each in told if each})
    for name, key in (("identities", "account"), ("contacts", "address"), ("pushes", "address")):
        table = METADATA.tables[name]
        for row in tx.conn.execute(select(table).where(table.c.person == handle)):
            said = tx.ring.open(name, row.id, row.sealed)
            found = said.get(key)
            reached.update(dict.fromkeys(_words(found)))
    firsts = {n.split(" ", 1)[0] for n in names if " " in n.strip()}
    taken = {word for other in others for word in other.split()}
    return Traces(
        handle, tuple(n for n in names if n != handle), tuple(sorted(firsts - taken)),
        tuple(reached), instead,
    )  # fmt: skip


def called(tx: Tx, account: str) -> tuple[str, ...]:
    """What somebody was called who wrote from a chat account that is nobody's."""
    table, found = METADATA.tables["notes"], dict[str, None]()
    for row in tx.conn.execute(select(table)):
        said = tx.ring.open("notes", row.id, row.sealed)
        if said.get("author") == account:
            found[said["name"]] = None
    return tuple(found)


def _words(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from _words(value)


# ---- walking -------------------------------------------------------------------------------------


def tables() -> tuple[str, ...]:
    """The tables that may say something of a person, those that others are read with first."""
    named = [
        str(t.name)
        for t in METADATA.sorted_tables
        if t.name not in _OWN and ("sealed" in t.c or any(_is_text(c) for c in t.c))
    ]
    return (*_FIRST, *sorted(n for n in named if n not in _FIRST))


def _is_text(column: Any) -> bool:
    return isinstance(column.type, String)


def page(tx: Tx, name: str, after: Sequence[Any], limit: int) -> list[Any]:
    """The rows of a table that follow a key, in its order."""
    table = METADATA.tables[name]
    key = list(table.primary_key.columns)
    chosen = select(table).order_by(*key).limit(limit)
    if after:
        given = [_typed(value) for value in after]
        chosen = chosen.where(key[0] > given[0] if len(key) == 1 else tuple_(*key) > given)
    return list(tx.conn.execute(chosen))


def key_of(name: str, row: Any) -> list[Any]:
    """Where a walk goes on after a row, as JSON."""
    values = (row._mapping[c.name] for c in METADATA.tables[name].primary_key.columns)
    return [f"hex:{v.hex()}" if isinstance(v, bytes) else v for v in values]


def _typed(value: Any) -> Any:
    is_hex = isinstance(value, str) and value.startswith("hex:")
    return bytes.fromhex(value[4:]) if is_hex else value


def _row_id(name: str, row: Any) -> str | int:
    """The name by which a row is sealed: its key."""
    values = [row._mapping[c.name] for c in METADATA.tables[name].primary_key.columns]
    if len(values) == 1 and isinstance(values[0], int):
        return values[0]
    return ".".join(v.hex() if isinstance(v, bytes) else str(v) for v in values)


def opened(tx: Tx, name: str, row: Any) -> Any:
    """What is sealed in a row; None where nothing is, or where it does not open."""
    blob = row._mapping.get("sealed")
    if blob is None:
        return None
    try:
        return tx.ring.open(name, _row_id(name, row), blob)
    except Damaged:
        return None


def said(tx: Tx, name: str, row: Any) -> dict[str, Any]:
    """A row as people may read it: no hashes, no secrets, what is sealed opened."""
    plain = {
        str(k): v for k, v in row._mapping.items() if not isinstance(v, bytes) and v is not None
    }
    inner = opened(tx, name, row)
    return {**plain, **({"kept": _readable(inner)} if inner is not None else {})}


def _readable(found: Any) -> Any:
    if isinstance(found, Mapping):
        return {k: "(packed)" if k == "body" else _readable(v) for k, v in found.items()}
    return [_readable(each) for each in found] if isinstance(found, list) else found


def names(tx: Tx, name: str, row: Any, who: Traces) -> bool:
    """Whether a row says something of the person."""
    if any(who.named_in(row._mapping[c], c) for c in _texts(name, row)):
        return True
    return who.named_in(_detail(row)) or who.named_in(opened(tx, name, row))


def _texts(name: str, row: Any) -> list[str]:
    """The columns that may hold a handle or a name."""
    columns = [c.name for c in METADATA.tables[name].c if _is_text(c)]
    kept = NOT_PEOPLE - {"place", "source"} | {"name", "detail"}
    person = name == "definitions" and row.kind == "person"
    own = ("name",) if person else ("role",) if name == "tokens" else ()
    return [c for c in columns if c not in kept or c in own]


def rewrite(tx: Tx, name: str, row: Any, who: Traces) -> bool:
    """Take the person out of one row; whether it said something of them."""
    changed: dict[str, Any] = {}
    detail = _detail(row)
    if who.named_in(detail):
        changed["detail"] = json.dumps(who.without(detail))
    for column in _texts(name, row):
        old = row._mapping[column]
        new = who.text(old, column) if isinstance(old, str) else old
        if new != old:
            changed[column] = new
    inner = opened(tx, name, row)
    if name == "subscriptions" and inner and who.named_in(inner.get("who", "")):
        tx.conn.execute(_table(name).delete().where(_is(name, row)))
        return True
    if inner is not None:
        bare = _bare_person(row, inner, who) if name == "definitions" else inner
        new = _rewritten(bare, who)
        if new != inner:
            changed["sealed"] = tx.ring.seal(name, _row_id(name, row), new)
    if changed:
        tx.conn.execute(_table(name).update().where(_is(name, row)).values(**changed))
    return bool(changed)


def _detail(row: Any) -> Any:
    """What timers keep in the open: JSON of numbers, words and handles."""
    text = row._mapping.get("detail")
    return json.loads(text) if isinstance(text, str) and text.startswith("{") else None


def _rewritten(inner: Any, who: Traces) -> Any:
    """Bodies that are packed are looked into as well."""
    if isinstance(inner, Mapping) and isinstance(inner.get("body"), str):
        try:
            text = zlib.decompress(base64.b64decode(inner["body"])).decode("utf-8")
        except (ValueError, zlib.error):
            return who.without(inner)
        packed = zlib.compress(who.text(text).encode())
        body = inner["body"] if who.text(text) == text else base64.b64encode(packed).decode()
        return {**who.without({k: v for k, v in inner.items() if k != "body"}), "body": body}
    return who.without(inner)


def _bare_person(row: Any, inner: Any, who: Traces) -> Any:
    """An older version of a person keeps what they might do, and nothing by which they are
    known."""
    if row.kind != "person" or row.name not in (who.handle, who.instead):
        return inner
    gone: dict[str, Any] = {"email": None, "contacts": {}, "away_calendars": []}
    gone["handle"] = who.instead
    kept = {k: v for k, v in inner.items() if k != definitions.WRITTEN}
    return {**kept, **gone, "name": who.instead}


def _table(name: str) -> Table:
    return METADATA.tables[name]


def _is(name: str, row: Any) -> Any:
    key = _table(name).primary_key.columns
    return and_(*(c == row._mapping[c.name] for c in key))


def remove_own(tx: Tx, who: Traces) -> int:
    """What is the person's alone is gone: contacts, accounts, sessions, tokens, devices, feeds,
    saved views; how many rows."""
    count = 0
    for table in METADATA.sorted_tables:
        if "person" not in table.c or table.name in _SHARED:
            continue
        count += tx.conn.execute(table.delete().where(table.c.person == who.handle)).rowcount
    tokens, views, feeds = (_table(n) for n in ("tokens", "views", "feeds"))
    mine = select(tokens.c.id).where(tokens.c.role == f"person:{who.handle}")
    for name, column in (("token_terms", "id"), ("old_secrets", "token_id")):
        if name in METADATA.tables:
            tx.conn.execute(_table(name).delete().where(_table(name).c[column].in_(mine)))
    keys = [tx.ring.blind("calendar", address) for address in who.addresses]
    for name in ("calendars", "calendar_states"):
        tx.conn.execute(_table(name).delete().where(_table(name).c.key.in_(keys)))
    for table, theirs in (
        (tokens, tokens.c.role == f"person:{who.handle}"),
        (views, views.c.owner == who.handle),
        (feeds, (feeds.c.kind == "person") & (feeds.c.name == who.handle)),
    ):
        count += tx.conn.execute(table.delete().where(theirs)).rowcount
    return count
