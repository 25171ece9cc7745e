"""The tables of war rooms and of status updates."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from store.columns import KEY, METADATA, at, ident, sealed, text

WAR_ROOMS = Table(
    "war_rooms",
    METADATA,
    Column("incident_id", KEY, primary_key=True, autoincrement=False),
    Column("rev", Integer, nullable=False),
    sealed(),
)

ROOMS = Table(
    "rooms",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False),
    text("surface"),
    text("state"),
    text("channel", null=True),
    sealed(),
    Index("ix_rooms_incident", "incident_id"),
    Index("ix_rooms_channel", "channel", "surface"),
    Index("ix_rooms_state", "state"),
)

UPDATES = Table(
    "updates",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False),
    at("at"),
    sealed(),
    Index("ix_updates_incident", "incident_id", "id"),
)
