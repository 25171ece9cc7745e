"""On call: definitions that people own, cards about more than incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns, part by part."""
    _owners()
    _about()
    _contacts()
    _calendars()
    _feeds()
    _pushes()
    _page_tests()
    _shadow()
    _drills()
    _handoffs()
    _covers()


def _owners() -> None:
    op.add_column(
        "definitions", sa.Column("owner", sa.String(), nullable=False, server_default="file")
    )


def _about() -> None:
    op.add_column("outbox", sa.Column("about", sa.String(), nullable=True))


def _contacts() -> None:
    """What is known of each address of a person; pages are found by where they went."""
    op.create_table(
        "contacts",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=True),
        sa.Column("worked_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("person", "via", "address_hash"),
    )
    there = sa.text("run_id IS NOT NULL OR about IS NOT NULL")
    op.create_index(
        "ix_outbox_pages", "outbox", ["place", "id"], sqlite_where=there, postgresql_where=there
    )


def _calendars() -> None:
    """Calendars from outside: how each address answers, and what each said since when."""
    op.create_table(
        "calendars",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "calendar_states",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_calendar_states", "calendar_states", ["key", "since"])


def _feeds() -> None:
    """Links to the shifts of a person or a schedule."""
    op.create_table(
        "feeds",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.UniqueConstraint("secret_hash"),
    )
    op.create_index("ix_feeds_name", "feeds", ["name"])


def _pushes() -> None:
    """Browsers that take web pushes."""
    op.create_table(
        "pushes",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("endpoint_hash"),
    )
    op.create_index("ix_pushes_person", "pushes", ["person"])


def _page_tests() -> None:
    """Tests of a person's contacts."""
    op.create_table(
        "page_tests",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_page_tests_person", "page_tests", ["person", "at"])
    op.execute("INSERT INTO counters (name, next) VALUES ('page_tests', 1)")


def _shadow() -> None:
    """Whom another tool paged while shadow mode was on."""
    op.create_table(
        "shadow_records",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_shadow_records_at", "shadow_records", ["at"])


def _drills() -> None:
    """Incidents that are exercises, and what came of them."""
    op.create_table(
        "drills",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False, unique=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )


def _handoffs() -> None:
    """Changes of shifts, and what was found before each."""
    op.create_table(
        "handoffs",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("schedule", "at"),
    )
    op.create_index("ix_handoffs_at", "handoffs", ["at"])
    op.create_table(
        "preflights",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("schedule", "person", "at"),
    )
    op.create_index("ix_preflights_person", "preflights", ["person", "at"])
    op.execute("INSERT INTO counters (name, next) VALUES ('shifts', 1)")


def _covers() -> None:
    """Shifts that others are asked to take; what people number in schedules is counted."""
    op.create_table(
        "covers",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_covers_state", "covers", ["state", "ends_at"])
    op.execute("INSERT INTO counters (name, next) VALUES ('rota', 1)")
