"""The record is searched by time and by who; what retention removes leaves its proof."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the indexes."""
    op.create_table(
        "audit_removed",
        sa.Column("writer", sa.String(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("writer", "last"),
    )
    op.create_index("ix_audit_at", "audit", ["at", "writer", "seq"])
    op.create_index("ix_audit_actor", "audit", ["actor", "at"])
