"""Tokens in words: what each opens, its age, its end, and who uses it still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commands.context import View
from commands.words import date, duration
from store.clock import iso
from store.model import DAY, Instant
from store.tokens import Standing


def told_of(token: Standing) -> str:
    """``opens the source eu (alertmanager)``, ``has the role responder in team db``,
    ``acts as ana``."""
    if token.source:
        opens = f"opens the source {token.source} ({token.integration})"
    elif token.person:
        opens = f"acts as {token.person}"
    else:
        where = f" in team {' and '.join(token.teams)}" if token.teams else ""
        opens = f"has the role {token.role}{where}"
    only = f", only with {', '.join(token.scope)}" if token.scope else ""
    place = f", only from {', '.join(token.networks)}" if token.networks else ""
    return f"{opens}{only}{place}"


def lines(token: Standing, view: View, zone: str, whole: bool) -> Iterator[str]:
    """A line of the list; ``whole``: with what only its own page says."""
    now = view.now
    made = f"made {duration(now - token.created_at)} ago"
    by = f" by {view.definitions.name_of(token.by)}" if token.by else ""
    yield (
        f"{_mark(token, now)} {token.name} {told_of(token)}; {made}{by}; "
        f"{end_of(token, now, zone)}; {_used(token.last_used_at, token.address, now)}."
    )
    for old in token.old:
        if old.ends_at > now:
            left = duration(old.ends_at - now)
            used = _used(old.last_used_at, old.address, now)
            yield f"  Its old secret still works for {left}; it was {used}."
    if tried := tried_words(token, now):
        yield f"  {tried}"
    if whole and token.since != token.created_at:
        yield f"  Its secret is {duration(now - token.since)} old."


def _mark(token: Standing, now: Instant) -> str:
    if not token.live(now):
        return "✖"
    return "▲" if token.expires_at is not None and token.expires_at - now < 14 * 86_400_000 else "✔"


def end_of(token: Standing, now: Instant, zone: str = "UTC") -> str:
    """``ends in 12 d``, ``no end``, ``revoked 2 d ago``."""
    if token.revoked_at is not None:
        return f"revoked {duration(now - token.revoked_at)} ago"
    if token.expires_at is None:
        return "no end"
    if token.expires_at <= now:
        return f"ended {duration(now - token.expires_at)} ago"
    return f"ends in {left(token.expires_at - now)} ({date(token.expires_at, zone, year=True)})"


def left(ms: int) -> str:
    """How long yet, days to the nearest: a token of 20 days is not one of 19 a second later."""
    return duration(ms + DAY // 2 if ms > 2 * DAY else ms)


def _used(at: Instant | None, address: str, now: Instant) -> str:
    if at is None:
        return "never used"
    where = f" from {address}" if address else ""
    ago = "just now" if now - at < 60_000 else f"{duration(now - at)} ago"
    return f"last used {ago}{where}"


def tried_words(token: Standing, now: Instant) -> str:
    """Whether somebody still comes with a secret that opens nothing any more."""
    if token.tried_at is None or now - token.tried_at > 7 * 86_400_000:
        return ""
    if token.live(now) and not token.old:
        return ""
    where = f" from {token.tried_from}" if token.tried_from else ""
    return f"Somebody still comes with a secret of it that ended{where}: {_ago(token, now)}."


def _ago(token: Standing, now: Instant) -> str:
    ago = now - (token.tried_at or now)
    return "just now" if ago < 60_000 else f"{duration(ago)} ago"


def facts(token: Standing, view: View) -> dict[str, Any]:
    """The same for programs; no secret."""
    now = view.now
    return {
        "name": token.name, "opens": told_of(token),
        "by_name": view.definitions.name_of(token.by) if token.by else None,
        "source": token.source or None,
        "integration": token.integration or None, "role": token.role if not token.person else None,
        "person": token.person or None, "may": list(token.scope), "from": list(token.networks),
        "teams": list(token.teams), "by": token.by or None, "live": token.live(now),
        "created_at": iso(token.created_at), "secret_since": iso(token.since),
        "expires_at": _iso(token.expires_at), "revoked_at": _iso(token.revoked_at),
        "last_used_at": _iso(token.last_used_at), "last_used_from": token.address or None,
        "refused_at": _iso(token.tried_at), "refused_from": token.tried_from or None,
        "old_secrets": [
            {"ends_at": iso(o.ends_at), "last_used_at": _iso(o.last_used_at),
             "last_used_from": o.address or None}
            for o in token.old if o.ends_at > now
        ],
    }  # fmt: skip


def _iso(at: Instant | None) -> str | None:
    return iso(at) if at is not None else None
