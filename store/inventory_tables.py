"""The tables of what there is, how it is, what goes wrong with it, what it costs."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    literal_column,
)

from store.columns import METADATA, at, hashed, ident, sealed, text

_gone = literal_column("gone_at").is_not(None)
RESOURCES = Table(
    "resources",
    METADATA,
    ident(),
    hashed("key_hash"),
    text("source"),
    hashed("part_hash"),
    text("kind"),
    text("health"),
    hashed("digest"),
    Column("seq", BigInteger, nullable=False),
    at("first_at"),
    at("changed_at"),
    at("gone_at", null=True),
    sealed(),
    UniqueConstraint("key_hash"),
    Index("ix_resources_part", "source", "part_hash"),
    Index("ix_resources_seq", "seq", "id"),
    Index("ix_resources_gone", "gone_at", sqlite_where=_gone, postgresql_where=_gone),
)

RESOURCE_NAMES = Table(
    "resource_names",
    METADATA,
    hashed("name_hash"),
    Column("resource_id", BigInteger, nullable=False),
    Column("strong", Integer, nullable=False),
    PrimaryKeyConstraint("name_hash", "resource_id"),
    Index("ix_resource_names_resource", "resource_id"),
)

RESOURCE_PARENTS = Table(
    "resource_parents",
    METADATA,
    Column("child_id", BigInteger, nullable=False),
    hashed("name_hash"),
    PrimaryKeyConstraint("child_id", "name_hash"),
    Index("ix_resource_parents_name", "name_hash"),
)

RESOURCE_CHANGES = Table(
    "resource_changes",
    METADATA,
    ident(),
    Column("resource_id", BigInteger, nullable=False),
    at("at"),
    sealed(),
    Index("ix_resource_changes_resource", "resource_id", "at"),
    Index("ix_resource_changes_at", "at"),
)

INVENTORY_PARTS = Table(
    "inventory_parts",
    METADATA,
    ident(),
    hashed("key_hash"),
    text("source"),
    text("state"),
    at("begun_at", null=True),
    at("ended_at", null=True),
    at("ok_at", null=True),
    Column("resources", Integer, nullable=False),
    sealed(),
    UniqueConstraint("key_hash"),
    Index("ix_inventory_parts_source", "source"),
)

FAULTS = Table(
    "faults",
    METADATA,
    ident(),
    hashed("key_hash"),
    text("source"),
    hashed("part_hash"),
    hashed("resource_hash", null=True),
    at("first_at"),
    at("seen_at"),
    at("missed_at", null=True),
    at("said_at", null=True),
    sealed(),
    UniqueConstraint("key_hash"),
    Index("ix_faults_part", "source", "part_hash"),
    Index("ix_faults_resource", "resource_hash"),
)

INCIDENT_RESOURCES = Table(
    "incident_resources",
    METADATA,
    Column("incident_id", BigInteger, nullable=False),
    Column("resource_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("incident_id", "resource_id"),
    Index("ix_incident_resources_resource", "resource_id"),
)

ALERT_RESOURCES = Table(
    "alert_resources",
    METADATA,
    Column("alert_id", BigInteger, nullable=False),
    Column("resource_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("alert_id", "resource_id"),
    Index("ix_alert_resources_resource", "resource_id"),
)

INCIDENT_BELOW = Table(
    "incident_below",
    METADATA,
    Column("incident_id", BigInteger, nullable=False),
    Column("resource_id", BigInteger, nullable=False),
    Column("fallen_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("incident_id", "resource_id"),
    Index("ix_incident_below_resource", "resource_id"),
)

SERIES = Table(
    "series",
    METADATA,
    Column("resource_id", BigInteger, nullable=False),
    text("metric"),
    Column("day", Integer, nullable=False),
    Column("points", LargeBinary, nullable=False),
    PrimaryKeyConstraint("resource_id", "metric", "day"),
    Index("ix_series_day", "day"),
)

COST_DAYS = Table(
    "cost_days",
    METADATA,
    ident(),
    text("source"),
    hashed("part_hash"),
    Column("day", Integer, nullable=False),
    sealed(),
    UniqueConstraint("source", "part_hash", "day"),
    Index("ix_cost_days_day", "day"),
)

FINDINGS = Table(
    "findings",
    METADATA,
    ident(),
    hashed("key_hash"),
    text("source"),
    hashed("part_hash"),
    hashed("resource_hash"),
    text("rule"),
    text("state"),
    at("until", null=True),
    at("first_at"),
    at("seen_at"),
    at("gone_at", null=True),
    sealed(),
    UniqueConstraint("key_hash"),
    Index("ix_findings_part", "source", "part_hash"),
    Index("ix_findings_state", "state"),
)

HAPPENINGS = Table(
    "happenings",
    METADATA,
    ident(),
    hashed("key_hash"),
    text("source"),
    hashed("resource_hash", null=True),
    at("first_at"),
    at("at"),
    Column("count", Integer, nullable=False),
    Column("warning", Integer, nullable=False),
    sealed(),
    UniqueConstraint("key_hash"),
    Index("ix_happenings_at", "at"),
    Index("ix_happenings_resource", "resource_hash", "at"),
)
