"""Alert rules: when an alert changed its state, what may hold others, what a rule holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a column that stays empty where an alert never changed, and two tables."""
    op.add_column("alerts", sa.Column("flips", sa.LargeBinary()))
    op.create_table(
        "parents",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "alert_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_parents_alert", "parents", ["alert_id"])
    op.create_table(
        "held",
        sa.Column("incident_id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("parent_id", sa.BigInteger()),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_held_parent", "held", ["parent_id"])
