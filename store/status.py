"""What is published on the status page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from store.clock import Instant
from store.db import Tx
from store.model.status import Line, Post
from store.posting_tables import STATUS_LINES, STATUS_POSTS

_P, _L = STATUS_POSTS.c, STATUS_LINES.c
_MOST = 300


def put(tx: Tx, post: Post) -> None:
    """Publish an incident, or change what is published."""
    rest = {
        "title": post.title, "impact": post.impact, "components": list(post.components),
        "by": post.by, "rule": post.rule,
    }  # fmt: skip
    sealed = tx.ring.seal("status_posts", post.incident, rest)
    tx.insert_new(STATUS_POSTS, [(post.incident, post.at, post.hidden, sealed)])
    mine = update(STATUS_POSTS).where(_P.incident_id == post.incident)
    tx.conn.execute(mine.values(hidden=post.hidden, sealed=sealed))


def _post(tx: Tx, row: Any) -> Post:
    rest = tx.ring.open("status_posts", row.incident_id, row.sealed)
    return Post(
        row.incident_id, row.at, rest["title"], rest["impact"], tuple(rest["components"]),
        rest["by"], rest["rule"], bool(row.hidden),
    )  # fmt: skip


def get(tx: Tx, incident: int) -> Post | None:
    """What is published of an incident, or was and is hidden; None for nothing ever."""
    row = tx.conn.execute(select(STATUS_POSTS).where(_P.incident_id == incident)).first()
    return _post(tx, row) if row is not None else None


def posts(tx: Tx, limit: int = _MOST) -> list[Post]:
    """The latest posts, the newest first."""
    chosen = select(STATUS_POSTS).order_by(_P.at.desc(), _P.incident_id.desc()).limit(limit)
    return [_post(tx, row) for row in tx.conn.execute(chosen)]


def some(tx: Tx, incidents: Iterable[int]) -> list[Post]:
    """The posts of some incidents."""
    chosen = select(STATUS_POSTS).where(_P.incident_id.in_(list(incidents)))
    return [_post(tx, row) for row in tx.conn.execute(chosen)]


def say(tx: Tx, incident: int, at: Instant, phase: str, text: str) -> int:
    """Publish a line of an incident; its id."""
    row_id = tx.ids.next(at)
    sealed = tx.ring.seal("status_lines", row_id, {"phase": phase, "text": text})
    tx.insert(STATUS_LINES, [(row_id, incident, at, sealed)])
    return row_id


def lines(tx: Tx, incidents: Iterable[int]) -> dict[int, list[Line]]:
    """What was published of some incidents, the newest line first."""
    chosen = select(STATUS_LINES).where(_L.incident_id.in_(list(incidents)))
    found: dict[int, list[Line]] = {}
    for row in tx.conn.execute(chosen.order_by(_L.at.desc(), _L.id.desc())):
        rest = tx.ring.open("status_lines", row.id, row.sealed)
        line = Line(row.id, row.incident_id, row.at, rest["phase"], rest["text"])
        found.setdefault(row.incident_id, []).append(line)
    return found
