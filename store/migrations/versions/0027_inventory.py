"""What there is to run things on, how it is, what goes wrong with it, what it costs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "resources",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_resources_part", "resources", ["source", "part_hash"])
    op.create_index("ix_resources_seq", "resources", ["seq", "id"])
    gone = sa.text("gone_at IS NOT NULL")
    op.create_index(
        "ix_resources_gone", "resources", ["gone_at"], sqlite_where=gone, postgresql_where=gone
    )
    op.create_table(
        "resource_names",
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("strong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name_hash", "resource_id"),
    )
    op.create_index("ix_resource_names_resource", "resource_names", ["resource_id"])
    op.create_table(
        "resource_parents",
        sa.Column("child_id", sa.BigInteger(), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("child_id", "name_hash"),
    )
    op.create_index("ix_resource_parents_name", "resource_parents", ["name_hash"])
    op.create_table(
        "resource_changes",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_resource_changes_at", "resource_changes", ["at"])
    op.create_index("ix_resource_changes_resource", "resource_changes", ["resource_id", "at"])
    op.create_table(
        "inventory_parts",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ok_at", sa.BigInteger(), nullable=True),
        sa.Column("resources", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_inventory_parts_source", "inventory_parts", ["source"])
    op.create_table(
        "faults",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part_hash", sa.LargeBinary(), nullable=False),
        sa.Column("resource_hash", sa.LargeBinary(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_faults_part", "faults", ["source", "part_hash"])
    op.create_index("ix_faults_resource", "faults", ["resource_hash"])
    op.create_table(
        "incident_resources",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "resource_id"),
    )
    op.create_index("ix_incident_resources_resource", "incident_resources", ["resource_id"])
    op.create_table(
        "alert_resources",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "resource_id"),
    )
    op.create_index("ix_alert_resources_resource", "alert_resources", ["resource_id"])
    op.create_table(
        "incident_below",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("fallen_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "resource_id"),
    )
    op.create_index("ix_incident_below_resource", "incident_below", ["resource_id"])
    op.create_table(
        "series",
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("points", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("resource_id", "metric", "day"),
    )
    op.create_index("ix_series_day", "series", ["day"])
    op.create_table(
        "cost_days",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part_hash", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("source", "part_hash", "day"),
    )
    op.create_index("ix_cost_days_day", "cost_days", ["day"])
    op.create_table(
        "findings",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("part_hash", sa.LargeBinary(), nullable=False),
        sa.Column("resource_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_findings_part", "findings", ["source", "part_hash"])
    op.create_index("ix_findings_state", "findings", ["state"])
    op.create_table(
        "happenings",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("resource_hash", sa.LargeBinary(), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("warning", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_index("ix_happenings_at", "happenings", ["at"])
    op.create_index("ix_happenings_resource", "happenings", ["resource_hash", "at"])
    op.create_table(
        "executions",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_executions_incident", "executions", ["incident_id"])
    op.create_index("ix_executions_resource", "executions", ["resource_id"])
    op.create_index("ix_executions_state", "executions", ["state"])
    op.execute("INSERT INTO counters (name, next) VALUES ('executions', 1)")
    op.execute("INSERT INTO counters (name, next) VALUES ('findings', 1)")
