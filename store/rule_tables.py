"""The tables of alert rules: which alerts may hold others, and which incidents a rule holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from store.columns import METADATA, at, hashed, ident, text

PARENTS = Table(
    "parents",
    METADATA,
    hashed("hash"),
    Column("alert_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("hash", "alert_id"),
    Index("ix_parents_alert", "alert_id"),
    sqlite_with_rowid=False,
)

HELD = Table(
    "held",
    METADATA,
    ident("incident_id"),
    Column("parent_id", BigInteger),
    text("rule"),
    at("at"),
    Index("ix_held_parent", "parent_id"),
)
