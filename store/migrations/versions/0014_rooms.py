"""War rooms and status updates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "war_rooms",
        sa.Column("incident_id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "rooms",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("surface", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String()),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_rooms_incident", "rooms", ["incident_id"])
    op.create_index("ix_rooms_channel", "rooms", ["channel", "surface"])
    op.create_index("ix_rooms_state", "rooms", ["state"])
    op.create_table(
        "updates",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_updates_incident", "updates", ["incident_id", "id"])
