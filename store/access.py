"""Who may speak: sessions here; intake sources, tokens and linked accounts by this name too."""

# ruff: noqa: PLC0414  (what speaks for whom is known by this name)
from __future__ import annotations

from typing import Any

from sqlalchemy import select

from store.clock import DAY, MINUTE, Instant
from store.db import Tx
from store.identities import account_on as account_on
from store.identities import accounts as accounts
from store.identities import link_account as link_account
from store.identities import surfaces_of as surfaces_of
from store.secret import hashed as hashed
from store.secret import new_address as new_address
from store.secret import new_secret as new_secret
from store.sources import Source as Source
from store.sources import configure_source as configure_source
from store.sources import source as source
from store.sources import source_of as source_of
from store.sources import sources as sources
from store.tables import SESSIONS
from store.tokens import OF_PERSON as OF_PERSON
from store.tokens import Token as Token
from store.tokens import create_token as create_token
from store.tokens import forget_token as forget_token
from store.tokens import revoke_token as revoke_token
from store.tokens import token as token
from store.tokens import tokens as tokens
from store.tokens import used as used

SESSION_LIFE = 14 * DAY
SESSION_IDLE = 3 * DAY
LINK_LIFE = 15 * MINUTE


def create_session(tx: Tx, now: Instant, person: str, kind: str) -> str:
    """A sign-in ``link`` (15 min, single use) or a ``session`` (14 days); its secret."""
    secret = new_secret("pvl" if kind == "link" else "pvs")
    life = LINK_LIFE if kind == "link" else SESSION_LIFE
    tx.insert(
        SESSIONS, [(tx.ids.next(now), hashed(secret), kind, person, now, now, now + life, None)]
    )
    return secret


def session(tx: Tx, secret: str, kind: str, now: Instant) -> Any:
    """The live row behind a secret, or None."""
    row = tx.conn.execute(
        select(SESSIONS).where((SESSIONS.c.hash == hashed(secret)) & (SESSIONS.c.kind == kind))
    ).first()
    if row is None or row.ended_at is not None or row.expires_at <= now:
        return None
    if kind == "session" and row.seen_at + SESSION_IDLE <= now:
        return None
    return row


def touch_session(tx: Tx, session_id: int, now: Instant) -> None:
    """A session was used."""
    tx.conn.execute(SESSIONS.update().where(SESSIONS.c.id == session_id).values(seen_at=now))


def end_session(tx: Tx, session_id: int, now: Instant) -> bool:
    """End a link or session; False when it had ended before."""
    done = tx.conn.execute(
        SESSIONS.update()
        .where((SESSIONS.c.id == session_id) & SESSIONS.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    return bool(done.rowcount)
