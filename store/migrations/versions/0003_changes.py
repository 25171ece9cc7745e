"""What was changed: deployments, releases, switches, migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "what_changed",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_what_changed_at", "what_changed", ["at"])
    op.create_index("ix_what_changed_key", "what_changed", ["key_hash", "at"])
