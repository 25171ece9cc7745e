"""The tables of roles given beside the definitions, and of what waits for a second person."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, UniqueConstraint

from store.columns import METADATA, at, ident, sealed, text

ROLE_GRANTS = Table(
    "role_grants",
    METADATA,
    ident(),
    text("person"),
    text("team"),
    text("role"),
    text("source"),
    at("at"),
    at("until", null=True),
    sealed(),
    UniqueConstraint("person", "team", "role", "source"),
    Index("ix_role_grants_until", "until"),
)

APPROVALS = Table(
    "approvals",
    METADATA,
    ident(),
    text("state"),
    text("verb"),
    text("asker"),
    Column("incident_id", BigInteger),
    at("asked_at"),
    at("expires_at"),
    text("decided_by", null=True),
    at("decided_at", null=True),
    sealed(),
    Index("ix_approvals_state", "state"),
)
