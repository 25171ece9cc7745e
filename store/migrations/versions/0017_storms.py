"""Storms, and the incidents in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "storms",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("place", sa.String(), nullable=False),
        _number("began_at"),
        _number("last_at"),
        _number("ended_at", null=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        _number("seen"),
        sa.Column("open_place", sa.String(), unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_storms_place", "storms", ["place", "id"])
    op.execute("INSERT INTO counters (name, next) VALUES ('storms', 1)")
    op.create_table(
        "storm_incidents",
        _number("storm_id"),
        _number("incident_id"),
        sa.PrimaryKeyConstraint("storm_id", "incident_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_storm_incidents_incident", "storm_incidents", ["incident_id"])
