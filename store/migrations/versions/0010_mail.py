"""Mails that were taken in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "mails",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("mail_hash", sa.LargeBinary(), nullable=False),
        sa.Column("thread_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("mail_hash"),
    )
    op.create_index("ix_mails_thread", "mails", ["thread_hash"])
    op.create_index("ix_mails_at", "mails", ["at"])
