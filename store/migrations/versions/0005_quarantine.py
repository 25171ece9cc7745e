"""Quarantine: bodies of webhooks that could not be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table; what stands in it is numbered for people."""
    op.create_table(
        "quarantine",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("token_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("token_id", "body_hash"),
    )
    op.create_index("ix_quarantine_last", "quarantine", ["last_at"])
    op.execute("INSERT INTO counters (name, next) VALUES ('quarantine', 1)")
