"""The tables of storms: where more cards wait than a channel can take."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, String, Table

from store.columns import METADATA, at, ident, sealed, text

STORMS = Table(
    "storms",
    METADATA,
    ident(),
    text("place"),
    at("began_at"),
    at("last_at"),
    at("ended_at", null=True),
    Column("rev", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("open_place", String, unique=True),
    sealed(),
    Index("ix_storms_place", "place", "id"),
)

STORM_INCIDENTS = Table(
    "storm_incidents",
    METADATA,
    Column("storm_id", BigInteger, nullable=False),
    Column("incident_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("storm_id", "incident_id"),
    Index("ix_storm_incidents_incident", "incident_id"),
    sqlite_with_rowid=False,
)
