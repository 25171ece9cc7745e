"""What lets somebody in, once: a link, a code, a letter, the answer of a provider. By hash alone.

Each is bound to one browser, by the hash of the browser's own mark: from the beginning where a
browser asked for it, else from when it is first opened.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from store.clock import DAY, MINUTE, Instant
from store.db import Tx
from store.sessions import browser_hash
from store.tables import SIGNINS

LINK, CODE, LETTER, PROVIDER = "link", "code", "letter", "provider"
LIFE = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class SignIn:
    """``how`` is where it came from: a surface, ``email``, ``machine``, ``first start``;
    ``address`` and ``agent`` are those of the browser it is bound to, ``into`` where it leads,
    ``refused`` says that another browser was refused."""

    id: int
    kind: str
    person: str | None
    browser: bytes | None
    created_at: Instant
    expires_at: Instant
    confirmed_at: Instant | None
    used_at: Instant | None
    how: str = ""
    address: str = ""
    agent: str = ""
    into: str = "/"
    refused: bool = False

    def lives(self, now: Instant) -> bool:
        """Whether it still lets somebody in."""
        return self.used_at is None and now < self.expires_at


def new_secret() -> str:
    """A secret that can be recognised when it leaks."""
    return f"pvl_{secrets.token_urlsafe(32)}"


def add(
    tx: Tx,
    now: Instant,
    kind: str,
    secret: str,
    *,
    person: str | None = None,
    browser: str = "",
    how: str = "",
    address: str = "",
    agent: str = "",
    into: str = "/",
    life: Instant = LIFE,
) -> SignIn:
    """Keep it; what is old goes."""
    tx.conn.execute(SIGNINS.delete().where(SIGNINS.c.expires_at < now - DAY))
    number = tx.ids.next(now)
    mark = browser_hash(tx, browser) if browser else None
    made = SignIn(
        number, kind, person, mark, now, now + life, None, None, how, address, agent, into
    )
    row = (number, kind, _hashed(tx, kind, secret), person, mark, now, now + life, None, None)
    tx.insert(SIGNINS, [(*row, _seal(tx, made))])
    return made


def find(tx: Tx, kind: str, secret: str) -> SignIn | None:
    """The one of a secret, over or not."""
    return _one(tx, SIGNINS.c.hash == _hashed(tx, kind, secret))


def get(tx: Tx, number: int) -> SignIn | None:
    """One by its number."""
    return _one(tx, SIGNINS.c.id == number)


def at_browser(tx: Tx, kind: str, browser: str) -> SignIn | None:
    """The newest of its kind that a browser asked for."""
    mine = (SIGNINS.c.browser == browser_hash(tx, browser)) & (SIGNINS.c.kind == kind)
    return _one(tx, mine)


def is_at(tx: Tx, one: SignIn, browser: str) -> bool:
    """Whether it is bound to that browser."""
    return one.browser is not None and secrets.compare_digest(
        one.browser, browser_hash(tx, browser)
    )


def bind(tx: Tx, one: SignIn, browser: str, address: str, agent: str) -> bool:
    """From now on it is this browser's; False where another was sooner."""
    mine = (SIGNINS.c.id == one.id) & SIGNINS.c.browser.is_(None)
    bound = SignIn(
        one.id, one.kind, one.person, None, one.created_at, one.expires_at, None, None,
        one.how, address, agent, one.into, one.refused,
    )  # fmt: skip
    values = {"browser": browser_hash(tx, browser), "sealed": _seal(tx, bound)}
    return bool(tx.conn.execute(SIGNINS.update().where(mine).values(**values)).rowcount)


def remember_refusal(tx: Tx, one: SignIn) -> None:
    """Another browser was refused, and its owner told."""
    said = {**_words(one), "refused": True}
    sealed = tx.ring.seal("signins", one.id, said)
    tx.conn.execute(SIGNINS.update().where(SIGNINS.c.id == one.id).values(sealed=sealed))


def confirm(tx: Tx, one: SignIn, person: str, now: Instant) -> bool:
    """A person lets the browser in that waits; False where somebody was sooner."""
    mine = (SIGNINS.c.id == one.id) & SIGNINS.c.confirmed_at.is_(None) & SIGNINS.c.used_at.is_(None)
    values = {"confirmed_at": now, "person": person}
    return bool(tx.conn.execute(SIGNINS.update().where(mine).values(**values)).rowcount)


def use(tx: Tx, number: int, now: Instant) -> bool:
    """It is used up; False where it was before."""
    mine = (SIGNINS.c.id == number) & SIGNINS.c.used_at.is_(None)
    return bool(tx.conn.execute(SIGNINS.update().where(mine).values(used_at=now)).rowcount)


def renew(tx: Tx, number: int, kind: str, secret: str) -> bool:
    """Give it another secret, as long as it is not used; for a letter that is sent again."""
    mine = (SIGNINS.c.id == number) & SIGNINS.c.used_at.is_(None)
    values = {"hash": _hashed(tx, kind, secret)}
    return bool(tx.conn.execute(SIGNINS.update().where(mine).values(**values)).rowcount)


def take_back(tx: Tx, person: str, kind: str, now: Instant) -> int:
    """Nobody gets in by what a person has of that kind, used or not; how many there were."""
    mine = (SIGNINS.c.person == person) & (SIGNINS.c.kind == kind) & SIGNINS.c.used_at.is_(None)
    return tx.conn.execute(SIGNINS.update().where(mine).values(used_at=now)).rowcount


def _one(tx: Tx, which: Any) -> SignIn | None:
    newest = select(SIGNINS).where(which).order_by(SIGNINS.c.id.desc()).limit(1)
    row = tx.conn.execute(newest).first()
    if row is None:
        return None
    kept = tx.ring.open("signins", row.id, row.sealed)
    return SignIn(
        row.id, row.kind, row.person, row.browser, row.created_at, row.expires_at,
        row.confirmed_at, row.used_at, **kept,
    )  # fmt: skip


def _hashed(tx: Tx, kind: str, secret: str) -> bytes:
    """Keyed: a code is short, and must not be found by trying all of them."""
    return tx.ring.blind("signin", kind, secret)


def _seal(tx: Tx, one: SignIn) -> bytes:
    return tx.ring.seal("signins", one.id, _words(one))


def _words(one: SignIn) -> dict[str, Any]:
    return {
        "how": one.how, "address": one.address, "agent": one.agent, "into": one.into,
        "refused": one.refused,
    }  # fmt: skip
