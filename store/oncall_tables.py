"""The tables of being on call and being reached: contacts, calendars, devices, tests."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from store.columns import METADATA, at, hashed, ident, sealed, text

CONTACTS = Table(
    "contacts",
    METADATA,
    ident(),
    text("person"),
    text("via"),
    hashed("address_hash"),
    at("verified_at", null=True),
    at("worked_at", null=True),
    at("sent_at", null=True),
    at("delivered_at", null=True),
    at("failed_at", null=True),
    sealed(),
    UniqueConstraint("person", "via", "address_hash"),
)

CALENDARS = Table(
    "calendars",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    at("asked_at"),
    at("answered_at", null=True),
    at("changed_at"),
    sealed(),
)

CALENDAR_STATES = Table(
    "calendar_states",
    METADATA,
    ident(),
    hashed("key"),
    at("since"),
    sealed(),
    Index("ix_calendar_states", "key", "since"),
)

FEEDS = Table(
    "feeds",
    METADATA,
    ident(),
    hashed("secret_hash"),
    text("kind"),
    text("name"),
    text("by"),
    at("made_at"),
    at("used_at", null=True),
    at("revoked_at", null=True),
    UniqueConstraint("secret_hash"),
    Index("ix_feeds_name", "name"),
)

PUSHES = Table(
    "pushes",
    METADATA,
    ident(),
    text("person"),
    hashed("endpoint_hash"),
    at("since"),
    sealed(),
    UniqueConstraint("endpoint_hash"),
    Index("ix_pushes_person", "person"),
)

PAGE_TESTS = Table(
    "page_tests",
    METADATA,
    ident(),
    text("person"),
    text("by"),
    at("at"),
    at("ended_at", null=True),
    sealed(),
    Index("ix_page_tests_person", "person", "at"),
)

SHADOW_RECORDS = Table(
    "shadow_records",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    at("at"),
    at("kept_at"),
    sealed(),
    Index("ix_shadow_records_at", "at"),
)

DRILLS = Table(
    "drills",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False, unique=True),
    text("policy"),
    text("team", null=True),
    at("at"),
    at("ends_at"),
    at("ended_at", null=True),
    sealed(),
)

HANDOFFS = Table(
    "handoffs",
    METADATA,
    ident(),
    text("schedule"),
    at("at"),
    text("state"),
    Column("rev", Integer, nullable=False),
    sealed(),
    UniqueConstraint("schedule", "at"),
    Index("ix_handoffs_at", "at"),
)

PREFLIGHTS = Table(
    "preflights",
    METADATA,
    ident(),
    text("schedule"),
    text("person"),
    at("at"),
    Column("rev", Integer, nullable=False),
    at("checked_at", null=True),
    sealed(),
    UniqueConstraint("schedule", "person", "at"),
    Index("ix_preflights_person", "person", "at"),
)

COVERS = Table(
    "covers",
    METADATA,
    ident(),
    text("schedule"),
    text("person"),
    at("starts_at"),
    at("ends_at"),
    text("state"),
    Column("rev", Integer, nullable=False),
    sealed(),
    Index("ix_covers_state", "state", "ends_at"),
)
