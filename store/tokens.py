"""Tokens of monitors and programs: what each opens, for how long, and who uses them still.

A token is one name with one secret, and for a while after a rotation with the secret before it;
both are the same token, so nothing of what comes in by it is split.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from store.clock import Instant
from store.db import Tx
from store.secret import hashed, new_secret
from store.sources import Source, of_row
from store.tables import OLD_SECRETS, SOURCES, TOKEN_TERMS, TOKENS

OF_PERSON = "person:"
"""How the role of a token begins that acts as a person, with whatever roles they have then."""
EXPIRED, REVOKED, ROTATED = "expired", "revoked", "rotated"
"""Why a token, or a secret of it, opens nothing any more."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token opens: an intake source, or a role on the API, or what a person may.

    ``scope`` are the only permissions of its role's it has, ``networks`` the only addresses it may
    be used from, ``teams`` the only teams its role holds in; empty where it has no such limit.
    ``secret`` is 0 for its own secret, else the number of the one before; ``ended`` says why it
    opens nothing any more.
    """

    id: int
    name: str
    source: Source | None
    role: str | None
    expires_at: Instant | None
    scope: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    secret: int = 0
    ended: str = ""

    @property
    def person(self) -> str:
        """The handle of the person it acts as, "" where it is no person's."""
        return owner_of(self.role)


def owner_of(role: str | None) -> str:
    """The handle of the person that a token with this role acts as, "" where it is no person's."""
    return role.removeprefix(OF_PERSON) if role and role.startswith(OF_PERSON) else ""


@dataclass(frozen=True, slots=True)
class OldSecret:
    """The secret before the last rotation: it opens the same until ``ends_at``."""

    id: int
    made_at: Instant
    ends_at: Instant
    last_used_at: Instant | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A token as people read it: no secret. ``since`` is when its present secret was made, ``by``
    the handle of who made it, ``address`` where it was last used from. ``tried_at`` is when its
    secret was last used in vain, ``warned`` which word on its end was given last."""

    id: int
    name: str
    source: str
    integration: str
    role: str | None
    created_at: Instant
    since: Instant
    expires_at: Instant | None
    revoked_at: Instant | None
    last_used_at: Instant | None
    by: str = ""
    address: str = ""
    scope: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    old: tuple[OldSecret, ...] = ()
    tried_at: Instant | None = None
    tried_from: str = ""
    warned: str = ""

    def live(self, now: Instant) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    @property
    def person(self) -> str:
        """The handle of the person it acts as, "" where it is no person's."""
        return owner_of(self.role)


@dataclass(slots=True)
class Use:
    """When and from where a secret was last used; ``vain``: it opened nothing any more."""

    at: Instant
    address: str
    vain: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a new token is made with, beside what it opens."""

    by: str = ""
    scope: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    teams: tuple[str, ...] = field(default=())


_NO_TERMS = Terms()


def create_token(
    tx: Tx,
    now: Instant,
    name: str,
    *,
    source_id: int | None = None,
    role: str | None = None,
    expires_at: Instant | None = None,
    secret: str = "",
    terms: Terms = _NO_TERMS,
) -> str:
    """A new token's secret, shown once; ValueError when the name is taken."""
    if tx.conn.execute(select(TOKENS.c.id).where(TOKENS.c.name == name)).first():
        raise ValueError(f"there is a token called {name} already")
    secret = secret or new_secret("pvi" if source_id is not None else "pvr")
    row_id = tx.ids.next(now)
    tx.insert(
        TOKENS, [(row_id, name, hashed(secret), source_id, role, now, expires_at, None, None)]
    )
    known = {"by": terms.by, "since": now, "scope": list(terms.scope),
             "networks": list(terms.networks), "teams": list(terms.teams)}  # fmt: skip
    tx.insert(TOKEN_TERMS, [(row_id, tx.ring.seal("token_terms", row_id, known))])
    return secret


def token(tx: Tx, secret: str, now: Instant) -> Token | None:
    """What a secret opens now, or None."""
    found = whose(tx, secret, now)
    return found if found is not None and not found.ended else None


def whose(tx: Tx, secret: str, now: Instant) -> Token | None:
    """The token a secret is of, also where it opens nothing any more."""
    mine = hashed(secret)
    row = tx.conn.execute(select(TOKENS).where(TOKENS.c.hash == mine)).first()
    old = None
    if row is None:
        old = tx.conn.execute(select(OLD_SECRETS).where(OLD_SECRETS.c.hash == mine)).first()
        if old is not None:
            row = tx.conn.execute(select(TOKENS).where(TOKENS.c.id == old.token_id)).first()
    if row is None:
        return None
    ended = _ended(row, now)
    if old is not None and old.ends_at <= now:
        ended = ended or ROTATED
    known = _terms(tx, row.id)
    return Token(
        row.id, row.name, _source(tx, row), row.role, row.expires_at,
        tuple(known.get("scope", ())), tuple(known.get("networks", ())),
        tuple(known.get("teams", ())), old.id if old is not None else 0, ended,
    )  # fmt: skip


def _ended(row: Any, now: Instant) -> str:
    if row.revoked_at is not None:
        return REVOKED
    return EXPIRED if row.expires_at is not None and row.expires_at <= now else ""


def _source(tx: Tx, row: Any) -> Source | None:
    if row.source_id is None:
        return None
    found = tx.conn.execute(select(SOURCES).where(SOURCES.c.id == row.source_id)).first()
    return of_row(tx, found, row.id) if found is not None else None


def _terms(tx: Tx, token_id: int) -> dict[str, Any]:
    """What is kept of a token beside its row; nothing of one of before there were such terms."""
    row = tx.conn.execute(select(TOKEN_TERMS).where(TOKEN_TERMS.c.id == token_id)).first()
    return dict(tx.ring.open("token_terms", token_id, row.sealed)) if row is not None else {}


def _keep_terms(tx: Tx, token_id: int, known: Mapping[str, Any]) -> None:
    sealed = tx.ring.seal("token_terms", token_id, dict(known))
    mine = TOKEN_TERMS.c.id == token_id
    if not tx.conn.execute(TOKEN_TERMS.update().where(mine).values(sealed=sealed)).rowcount:
        tx.insert(TOKEN_TERMS, [(token_id, sealed)])


# what is known of them


def every(tx: Tx) -> list[Standing]:
    """All tokens, by name."""
    named = {r.id: (r.name, r.integration) for r in tx.conn.execute(select(SOURCES))}
    old: dict[int, list[Any]] = {}
    for r in tx.conn.execute(select(OLD_SECRETS).order_by(OLD_SECRETS.c.id)):
        old.setdefault(r.token_id, []).append(r)
    rows = tx.conn.execute(select(TOKENS).order_by(TOKENS.c.name)).all()
    return [_standing(tx, r, named.get(r.source_id, ("", "")), old.get(r.id, ())) for r in rows]


def named(tx: Tx, name: str) -> Standing | None:
    """The token of that name."""
    return next((one for one in every(tx) if one.name == name), None)


def _standing(tx: Tx, r: Any, source: tuple[str, str], old: Iterable[Any]) -> Standing:
    known = _terms(tx, r.id)
    seen = known.get("seen", {})
    secrets = (
        OldSecret(o.id, o.made_at, o.ends_at, o.last_used_at, seen.get(str(o.id), "")) for o in old
    )
    return Standing(
        r.id, r.name, *source, r.role, r.created_at, known.get("since", r.created_at),
        r.expires_at, r.revoked_at, r.last_used_at, known.get("by", ""), seen.get("0", ""),
        tuple(known.get("scope", ())), tuple(known.get("networks", ())),
        tuple(known.get("teams", ())), tuple(secrets), known.get("tried_at"),
        known.get("tried_from", ""), known.get("warned", ""),
    )  # fmt: skip


def tokens(tx: Tx) -> list[Any]:
    """The bare rows of all tokens: name, source_id, role, created_at, expires_at, revoked_at,
    last_used_at."""
    return list(tx.conn.execute(select(TOKENS).order_by(TOKENS.c.name)))


def used(tx: Tx, token_id: int, now: Instant) -> None:
    """Remember when a token was last used."""
    keep_uses(tx, {(token_id, 0): Use(now, "")})


def keep_uses(tx: Tx, uses: Mapping[tuple[int, int], Use]) -> None:
    """Remember when and from where secrets were last used: (token, 0 or the number of its old
    secret) → use."""
    for (token_id, secret), use in uses.items():
        known = _terms(tx, token_id)
        if use.vain:
            known |= {"tried_at": use.at, "tried_from": use.address}
        else:
            known["seen"] = {**known.get("seen", {}), str(secret): use.address}
            table, row_id = (OLD_SECRETS, secret) if secret else (TOKENS, token_id)
            tx.conn.execute(table.update().where(table.c.id == row_id).values(last_used_at=use.at))
        _keep_terms(tx, token_id, known)


def warned(tx: Tx, token_id: int, word: str) -> None:
    """Remember which word on its end was given last."""
    _keep_terms(tx, token_id, {**_terms(tx, token_id), "warned": word})


# their end


def rotate(
    tx: Tx, now: Instant, token_id: int, until: Instant, expires_at: Instant | None, by: str
) -> str:
    """A new secret for a token, shown once; the one before opens the same until then."""
    row = tx.conn.execute(select(TOKENS).where(TOKENS.c.id == token_id)).one()
    known = _terms(tx, token_id)
    seen = known.get("seen", {})
    if until > now:
        old_id = tx.ids.next(now)
        made_at = known.get("since", row.created_at)
        kept = (old_id, token_id, row.hash, made_at, until, row.last_used_at)
        tx.insert(OLD_SECRETS, [kept])
        seen = {**seen, str(old_id): seen.get("0", "")}
    seen.pop("0", None)
    secret = new_secret("pvi" if row.source_id is not None else "pvr")
    tx.conn.execute(
        TOKENS.update()
        .where(TOKENS.c.id == token_id)
        .values(hash=hashed(secret), expires_at=expires_at, last_used_at=None)
    )
    rotated = {"since": now, "seen": seen, "warned": "", "rotated_by": by}
    _keep_terms(tx, token_id, {**known, **rotated})
    return secret


def end_old(tx: Tx, now: Instant, token_id: int) -> int:
    """End the secrets of before the last rotation now; how many those were."""
    mine = (OLD_SECRETS.c.token_id == token_id) & (OLD_SECRETS.c.ends_at > now)
    return tx.conn.execute(OLD_SECRETS.update().where(mine).values(ends_at=now)).rowcount


def revoke_token(tx: Tx, now: Instant, name: str) -> bool:
    """End a token with every secret of it; False when there is none of that name."""
    done = tx.conn.execute(
        TOKENS.update()
        .where((TOKENS.c.name == name) & TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return bool(done.rowcount)


def forget_token(tx: Tx, name: str) -> None:
    """Remove a token altogether, so that its name is free."""
    found = tx.conn.execute(select(TOKENS.c.id).where(TOKENS.c.name == name)).scalar()
    if found is not None:
        tx.conn.execute(OLD_SECRETS.delete().where(OLD_SECRETS.c.token_id == found))
        tx.conn.execute(TOKEN_TERMS.delete().where(TOKEN_TERMS.c.id == found))
        tx.conn.execute(TOKENS.delete().where(TOKENS.c.id == found))


def forget_old(tx: Tx, before: Instant) -> None:
    """Drop the secrets that had ended by then: whoever still uses one is told no more why."""
    tx.conn.execute(OLD_SECRETS.delete().where(OLD_SECRETS.c.ends_at < before))
