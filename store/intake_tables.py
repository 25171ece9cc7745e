"""The tables of what comes in beside webhooks: heartbeats of checks."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, UniqueConstraint

from store.columns import METADATA, at, hashed, ident, sealed, text

HEARTBEATS = Table(
    "heartbeats",
    METADATA,
    ident(),
    text("name"),
    hashed("secret_hash"),
    text("state"),
    at("due_at", null=True),
    at("pinged_at", null=True),
    at("started_at", null=True),
    Column("took", BigInteger),
    Column("pings", BigInteger, nullable=False),
    sealed(),
    UniqueConstraint("name"),
    UniqueConstraint("secret_hash"),
)
