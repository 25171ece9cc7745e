"""What was removed of the record by retention: the proof that stays when its rows are gone."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table

from store.columns import METADATA, at, hashed, text

AUDIT_REMOVED = Table(
    "audit_removed",
    METADATA,
    text("writer"),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    at("at"),
    hashed("row_mac"),
    hashed("digest"),
    hashed("mac"),
    PrimaryKeyConstraint("writer", "last"),
)
