"""The tables of intake: heartbeats of checks, bodies that could not be read, mails that were taken
in, and which alerts were acknowledged in their monitor."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, UniqueConstraint

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

QUARANTINE = Table(
    "quarantine",
    METADATA,
    ident(),
    Column("token_id", BigInteger, nullable=False),
    Column("source_id", BigInteger, nullable=False),
    hashed("body_hash"),
    at("at"),
    at("last_at"),
    Column("count", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    sealed(),
    UniqueConstraint("token_id", "body_hash"),
    Index("ix_quarantine_last", "last_at"),
)

MAILS = Table(
    "mails",
    METADATA,
    ident(),
    hashed("mail_hash"),
    hashed("thread_hash"),
    at("at"),
    sealed(),
    UniqueConstraint("mail_hash"),
    Index("ix_mails_thread", "thread_hash"),
    Index("ix_mails_at", "at"),
)

ACKNOWLEDGED_THERE = Table(
    "acknowledged_there",
    METADATA,
    ident(),
    at("at"),
    Column("taken", BigInteger, nullable=False),
    sealed(),
)

MONITOR_TROUBLES = Table(
    "monitor_troubles",
    METADATA,
    ident(),
    at("since"),
    at("told_at"),
    at("over_at", null=True),
    sealed(),
)

WHAT_CHANGED = Table(
    "what_changed",
    METADATA,
    ident(),
    hashed("key_hash"),
    at("at"),
    sealed(),
    Index("ix_what_changed_at", "at"),
    Index("ix_what_changed_key", "key_hash", "at"),
)
