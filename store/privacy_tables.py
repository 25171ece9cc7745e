"""The table of private incidents and of whom each of them is shown to."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String, Table

from store.columns import KEY, METADATA

PRIVATE_INCIDENTS = Table(
    "private_incidents",
    METADATA,
    Column("incident_id", KEY, nullable=False, autoincrement=False),
    Column("who", String, nullable=False),
    PrimaryKeyConstraint("incident_id", "who"),
    Index("ix_private_incidents_who", "who", "incident_id"),
)
