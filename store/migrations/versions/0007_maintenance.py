"""Maintenance windows: planned once or again and again, each time on record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the windows, numbered for people; what holds now says which one it belongs to."""
    op.create_table(
        "maintenance_windows",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("over_at", sa.BigInteger()),
        sa.Column("ahead", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String()),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_maintenance_windows_over", "maintenance_windows", ["over_at"])
    op.create_index("ux_maintenance_windows_file", "maintenance_windows", ["file"], unique=True)
    op.add_column("maintenance", sa.Column("window_id", sa.BigInteger()))
    op.add_column("maintenance", sa.Column("slot", sa.BigInteger()))
    op.create_index("ix_maintenance_until", "maintenance", ["until"])
    op.create_index("ux_maintenance_slot", "maintenance", ["window_id", "slot"], unique=True)
    op.execute("INSERT INTO counters (name, next) VALUES ('maintenance', 1)")
