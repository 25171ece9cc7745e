"""Sessions of the console: kept by hash alone; the secret changes while the session goes on.

A cookie is ``pvs_<selector>.<secret>``. The selector finds the row, the secret is compared in
constant time. A new secret is only *offered*; it takes the place of the old one when the browser
comes back with it, so that an answer that got lost signs nobody out. Whoever then still comes with
the old one, some moments later, has a copy.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select

from store import upkeep
from store.clock import DAY, SECOND, Instant
from store.db import Tx
from store.tables import SESSIONS

GRACE = 30 * SECOND
"""How long the secret before still counts: requests that were under way when it changed."""
ANEW = 60 * SECOND
"""After so long an offered secret that never came back got lost, and another is offered."""
PREFIX = "pvs_"
_KEPT = 30 * DAY


class Shown(StrEnum):
    """What a cookie shows: the secret of now, the one offered, the one before, or another."""

    NOW = "now"
    OFFERED = "offered"
    BEFORE = "before"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Session:
    """``how`` is how they signed in; ``browser`` the hash of the browser's own mark; ``address``
    and ``agent`` are from then, ``seen_from`` from the last request; ``rights`` are those it was
    last used with; ``ended_how`` is ``out``, ``reused``, ``removed`` or ``by:<handle>``; ``told``
    is what a provider needs to sign them out there."""

    id: int
    person: str
    how: str
    browser: bytes
    created_at: Instant
    seen_at: Instant
    rotated_at: Instant
    offered_at: Instant | None
    expires_at: Instant
    ended_at: Instant | None
    ended_how: str
    address: str = ""
    agent: str = ""
    seen_from: str = ""
    rights: str = ""
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class New:
    """What a session begins with; ``subject`` is who they are for a provider, hashed."""

    person: str
    how: str
    browser: str
    address: str = ""
    agent: str = ""
    rights: str = ""
    life: Instant = 14 * DAY
    subject: bytes | None = None
    told: Mapping[str, str] = field(default_factory=dict)


def browser_hash(tx: Tx, browser: str) -> bytes:
    """What is kept of a browser's mark."""
    return tx.ring.blind("browser", browser)


def _hashed(secret: str) -> bytes:
    """The secrets are long and random: a plain hash can't be turned round."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def split(cookie: str) -> tuple[str, str] | None:
    """Selector and secret of a cookie; None where it is none of ours."""
    selector, dot, secret = cookie.removeprefix(PREFIX).partition(".")
    ours = cookie.startswith(PREFIX) and cookie.isascii() and len(cookie) < 200
    return (selector, secret) if ours and dot and selector and secret else None


def begin(tx: Tx, now: Instant, new: New) -> tuple[Session, str]:
    """A new session and its cookie; both halves of it are fresh."""
    selector, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
    number = upkeep.number(tx, "sessions")
    kept = {
        "address": new.address, "agent": new.agent, "seen_from": new.address,
        "rights": new.rights, "told": dict(new.told),
    }  # fmt: skip
    mark = browser_hash(tx, new.browser)
    ends = now + new.life
    tx.insert(
        SESSIONS,
        [
            (
                number, _hashed(selector), _hashed(secret), None, None, None, now, new.person,
                new.how, mark, new.subject, now, now, ends, None, None,
                tx.ring.seal("sessions", number, kept),
            )
        ],
    )  # fmt: skip
    made = Session(
        number, new.person, new.how, mark, now, now, now, None, ends, None, "",
        new.address, new.agent, new.address, new.rights, dict(new.told),
    )  # fmt: skip
    return made, f"{PREFIX}{selector}.{secret}"


def find(tx: Tx, cookie: str, now: Instant) -> tuple[Session, Shown] | None:
    """The session of a cookie, ended or not, and which secret it shows; None where there is none
    such. That of before is foreign once its time is over."""
    parts = split(cookie)
    if parts is None:
        return None
    row = tx.conn.execute(select(SESSIONS).where(SESSIONS.c.selector == _hashed(parts[0]))).first()
    if row is None:
        return None
    given = _hashed(parts[1])
    shown = Shown.FOREIGN
    if row.previous is not None and hmac.compare_digest(given, row.previous):
        shown = Shown.BEFORE if now - row.rotated_at <= GRACE else Shown.FOREIGN
    if row.offered is not None and hmac.compare_digest(given, row.offered):
        shown = Shown.OFFERED
    if hmac.compare_digest(given, row.secret):
        shown = Shown.NOW
    return _session(tx, row), shown


def get(tx: Tx, number: int) -> Session | None:
    """One by its number."""
    row = tx.conn.execute(select(SESSIONS).where(SESSIONS.c.id == number)).first()
    return _session(tx, row) if row is not None else None


def of(tx: Tx, person: str) -> list[Session]:
    """A person's sessions that nobody ended, the one used last first; they may be too old."""
    mine = (SESSIONS.c.person == person) & SESSIONS.c.ended_at.is_(None)
    rows = tx.conn.execute(select(SESSIONS).where(mine).order_by(SESSIONS.c.seen_at.desc()))
    return [_session(tx, row) for row in rows]


def of_subject(tx: Tx, subject: bytes) -> list[Session]:
    """The sessions somebody of a provider began that nobody ended."""
    mine = (SESSIONS.c.subject == subject) & SESSIONS.c.ended_at.is_(None)
    return [_session(tx, row) for row in tx.conn.execute(select(SESSIONS).where(mine))]


def knows_browser(tx: Tx, person: str, browser: str) -> bool:
    """Whether a person signed in at that browser before."""
    mark = browser_hash(tx, browser)
    mine = (SESSIONS.c.person == person) & (SESSIONS.c.browser == mark)
    return tx.conn.execute(select(SESSIONS.c.id).where(mine).limit(1)).first() is not None


def offer(tx: Tx, session: Session, cookie: str, now: Instant) -> str | None:
    """A cookie with a fresh secret, that counts beside the one of now; None where another request
    was sooner."""
    parts = split(cookie)
    secret = secrets.token_urlsafe(32)
    same: ColumnElement[bool] = SESSIONS.c.offered_at.is_(None)
    if session.offered_at is not None:
        same = SESSIONS.c.offered_at == session.offered_at
    mine = (SESSIONS.c.id == session.id) & SESSIONS.c.ended_at.is_(None) & same
    taken = tx.conn.execute(
        SESSIONS.update().where(mine).values(offered=_hashed(secret), offered_at=now)
    )
    return f"{PREFIX}{parts[0]}.{secret}" if taken.rowcount and parts is not None else None


def take_over(tx: Tx, session: Session, cookie: str, now: Instant) -> bool:
    """The offered secret came back: it is the one of now; False where another was sooner."""
    parts = split(cookie)
    given = _hashed(parts[1]) if parts is not None else b""
    mine = (SESSIONS.c.id == session.id) & (SESSIONS.c.offered == given)
    done = tx.conn.execute(
        SESSIONS.update()
        .where(mine)
        .values(
            previous=SESSIONS.c.secret, secret=given, offered=None, offered_at=None, rotated_at=now
        )
    )
    return bool(done.rowcount)


def seen(tx: Tx, session: Session, now: Instant, address: str, rights: str) -> None:
    """It was used, from there, with those rights."""
    kept = {
        "address": session.address, "agent": session.agent, "seen_from": address,
        "rights": rights, "told": dict(session.told),
    }  # fmt: skip
    sealed = tx.ring.seal("sessions", session.id, kept)
    mine = SESSIONS.c.id == session.id
    tx.conn.execute(SESSIONS.update().where(mine).values(seen_at=now, sealed=sealed))


def end(tx: Tx, number: int, now: Instant, how: str) -> bool:
    """End a session; False when it had ended before. Pages that are open learn it at once."""
    mine = (SESSIONS.c.id == number) & SESSIONS.c.ended_at.is_(None)
    done = tx.conn.execute(SESSIONS.update().where(mine).values(ended_at=now, ended_how=how))
    tx.wake.add("sessions")
    return bool(done.rowcount)


def forget(tx: Tx, now: Instant) -> int:
    """Drop what has been over for a month; how many."""
    old = (SESSIONS.c.expires_at < now - _KEPT) | (SESSIONS.c.ended_at < now - _KEPT)
    return tx.conn.execute(SESSIONS.delete().where(old)).rowcount


def _session(tx: Tx, row: Any) -> Session:
    kept = tx.ring.open("sessions", row.id, row.sealed)
    return Session(
        row.id, row.person, row.how, row.browser, row.created_at, row.seen_at, row.rotated_at,
        row.offered_at, row.expires_at, row.ended_at, row.ended_how or "",
        kept["address"], kept["agent"], kept["seen_from"], kept["rights"], kept["told"],
    )  # fmt: skip
