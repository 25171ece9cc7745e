"""Tokens, intake sources, sessions and linked chat accounts: who may speak, by hash alone."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select

from store.clock import DAY, MINUTE, Instant
from store.db import Tx
from store.tables import IDENTITIES, SESSIONS, SOURCES, TOKENS

SESSION_LIFE = 14 * DAY
SESSION_IDLE = 3 * DAY
LINK_LIFE = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class Source:
    """A named intake source; an alert's identity is (source, key). ``token_id`` is the token it
    was reached by, 0 where it was by none."""

    id: int
    name: str
    integration: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    token_id: int = 0


OF_PERSON = "person:"
"""How the role of a token begins that acts as a person, with whatever roles they have then."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token opens: an intake source, or a role on the API, or what a person may."""

    id: int
    name: str
    source: Source | None
    role: str | None
    expires_at: Instant | None


def hashed(secret: str) -> bytes:
    """What is stored of a secret of 32 random bytes; being random it needs no salt."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def new_secret(prefix: str) -> str:
    """A fresh secret that can be recognised when it leaks: ``pvi_…``, ``pvr_…``, ``pvs_…``."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def source(tx: Tx, now: Instant, name: str, integration: str) -> Source:
    """The named source, made if need be; ValueError when it belongs to another integration."""
    found = tx.conn.execute(select(SOURCES).where(SOURCES.c.name == name)).first()
    if found is None:
        row_id = tx.ids.next(now)
        tx.insert(SOURCES, [(row_id, name, integration, now, tx.ring.seal("sources", row_id, {}))])
        return Source(row_id, name, integration)
    if found.integration != integration:
        raise ValueError(f"the source {name} belongs to {found.integration}")
    return _source(tx, found)


def _source(tx: Tx, row: Any, token_id: int = 0) -> Source:
    settings = tx.ring.open("sources", row.id, row.sealed)
    return Source(row.id, row.name, row.integration, settings, token_id)


def source_of(tx: Tx, source_id: int) -> Source:
    """The source of that number."""
    return _source(tx, tx.conn.execute(select(SOURCES).where(SOURCES.c.id == source_id)).one())


def sources(tx: Tx) -> list[Source]:
    """All intake sources, by name."""
    return [_source(tx, r) for r in tx.conn.execute(select(SOURCES).order_by(SOURCES.c.name))]


def configure_source(tx: Tx, source_id: int, settings: Mapping[str, Any]) -> None:
    """Store a source's settings (mapping and the like)."""
    sealed = tx.ring.seal("sources", source_id, dict(settings))
    tx.conn.execute(SOURCES.update().where(SOURCES.c.id == source_id).values(sealed=sealed))


def new_address() -> str:
    """A fresh secret of an intake source that stands in mail addresses: 160 random bits in lower
    case, since many a device writes addresses so."""
    return f"pvi_{base64.b32encode(secrets.token_bytes(20)).decode().lower()}"


def create_token(
    tx: Tx,
    now: Instant,
    name: str,
    *,
    source_id: int | None = None,
    role: str | None = None,
    expires_at: Instant | None = None,
    secret: str = "",
) -> str:
    """A new token's secret, shown once; ValueError when the name is taken."""
    if tx.conn.execute(select(TOKENS.c.id).where(TOKENS.c.name == name)).first():
        raise ValueError(f"there is a token called {name} already")
    secret = secret or new_secret("pvi" if source_id is not None else "pvr")
    tx.insert(
        TOKENS,
        [(tx.ids.next(now), name, hashed(secret), source_id, role, now, expires_at, None, None)],
    )
    return secret


def token(tx: Tx, secret: str, now: Instant) -> Token | None:
    """What a secret opens now, or None."""
    row = tx.conn.execute(select(TOKENS).where(TOKENS.c.hash == hashed(secret))).first()
    if row is None or row.revoked_at is not None or (row.expires_at or now + 1) <= now:
        return None
    found = None
    if row.source_id is not None:
        found = tx.conn.execute(select(SOURCES).where(SOURCES.c.id == row.source_id)).first()
    source = _source(tx, found, row.id) if found else None
    return Token(row.id, row.name, source, row.role, row.expires_at)


def revoke_token(tx: Tx, now: Instant, name: str) -> bool:
    """End a token; False when there is none of that name."""
    done = tx.conn.execute(
        TOKENS.update()
        .where((TOKENS.c.name == name) & TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return bool(done.rowcount)


def tokens(tx: Tx) -> list[Any]:
    """All tokens: name, source_id, role, created_at, expires_at, revoked_at, last_used_at."""
    return list(tx.conn.execute(select(TOKENS).order_by(TOKENS.c.name)))


def used(tx: Tx, token_id: int, now: Instant) -> None:
    """Remember when a token was last used."""
    tx.conn.execute(TOKENS.update().where(TOKENS.c.id == token_id).values(last_used_at=now))


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


def link_account(tx: Tx, now: Instant, person: str, surface: str, account: str, how: str) -> None:
    """Remember that a chat account is a person, whoever it was before."""
    hashed_account = tx.ring.blind("account", surface, account)
    mine = (IDENTITIES.c.surface == surface) & (IDENTITIES.c.account_hash == hashed_account)
    linked = {"person": person, "linked_at": now, "how": how}
    if tx.conn.execute(IDENTITIES.update().where(mine).values(**linked)).rowcount:
        return
    row_id = tx.ids.next(now)
    sealed = tx.ring.seal("identities", row_id, {"account": account})
    tx.insert(IDENTITIES, [(row_id, person, surface, hashed_account, now, how, sealed)])


def surfaces_of(tx: Tx, person: str) -> list[str]:
    """The surfaces on which an account was linked to a person."""
    return list(tx.run("surfaces of", _surfaces_of, b_person=person).scalars())


def _surfaces_of() -> Any:
    mine = select(IDENTITIES.c.surface).where(IDENTITIES.c.person == bindparam("b_person"))
    return mine.order_by(IDENTITIES.c.id)


def account_on(tx: Tx, person: str, surface: str) -> str | None:
    """The account on a surface that was linked to a person last."""
    mine = (IDENTITIES.c.person == person) & (IDENTITIES.c.surface == surface)
    row = tx.conn.execute(
        select(IDENTITIES).where(mine).order_by(IDENTITIES.c.linked_at.desc()).limit(1)
    ).first()
    return str(tx.ring.open("identities", row.id, row.sealed)["account"]) if row else None


def accounts(tx: Tx) -> list[tuple[str, str, str]]:
    """All linked accounts: (person, surface, account)."""
    return [
        (r.person, r.surface, tx.ring.open("identities", r.id, r.sealed)["account"])
        for r in tx.conn.execute(select(IDENTITIES).order_by(IDENTITIES.c.id))
    ]


def forget_token(tx: Tx, name: str) -> None:
    """Remove a token altogether, so that its name is free."""
    tx.conn.execute(TOKENS.delete().where(TOKENS.c.name == name))
