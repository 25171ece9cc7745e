"""What a person's rows say beyond who and when can be erased: the chain stays whole, because it
covers a salted digest, and the erasure itself is on record, because a gap without one is a flaw."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam

from store.audit import chain
from store.clock import Instant
from store.db import Tx
from store.model import Actor
from store.tables import AUDIT

VERB = "audit.erased"


def erase(
    tx: Tx, writer: str, at: Instant, actor: Actor, rows: Iterable[tuple[str, int]], why: str = ""
) -> int:
    """Erase the detail (ciphertext and salt) of rows given as (writer, seq), and put on record
    which they were; how many still had one. ``writer`` is the chain of this process."""
    by_writer: dict[str, list[int]] = {}
    for name, seq in sorted(set(rows)):
        found = tx.conn.execute(
            AUDIT.update()
            .where((AUDIT.c.writer == bindparam("b_writer")) & (AUDIT.c.seq == bindparam("b_seq")))
            .where(AUDIT.c.sealed.is_not(None) & (AUDIT.c.verb != VERB))
            .values(sealed=None, salt=None),
            {"b_writer": name, "b_seq": seq},
        )
        if found.rowcount:
            by_writer.setdefault(name, []).append(seq)
    count = sum(map(len, by_writer.values()))
    if count:
        detail = {"rows": by_writer, "count": count, "why": why}
        chain.append(tx, writer, at, actor, VERB, "ok", None, detail)
    return count
