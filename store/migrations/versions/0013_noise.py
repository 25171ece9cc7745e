"""Weekly noise reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "noise_reports",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.execute("INSERT INTO counters (name, next) VALUES ('noise_reports', 1)")
    op.create_index("ix_noise_reports_team", "noise_reports", ["team", "at"])
