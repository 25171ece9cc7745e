"""The tables of people's own data: who asked for a copy or an erasure, and what was gathered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from store.columns import METADATA, at, ident, sealed, text

PRIVACY_JOBS = Table(
    "privacy_jobs",
    METADATA,
    ident(),
    text("kind"),
    text("state"),
    text("by"),
    at("at"),
    at("done_at", null=True),
    Column("rows", BigInteger, nullable=False),
    sealed(),
    Index("ix_privacy_jobs_state", "state", "at"),
)

PRIVACY_PARTS = Table(
    "privacy_parts",
    METADATA,
    ident(),
    Column("job_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    sealed(),
    Index("ix_privacy_parts_job", "job_id", "number"),
)
