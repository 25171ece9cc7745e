"""Silences that say what they hide: numbered for people, with a state of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Silences of before are in force until they end, as they were."""
    state = sa.Column("state", sa.String(), nullable=False, server_default="on")
    op.add_column("silences", state)
    rev = sa.Column("rev", sa.Integer(), nullable=False, server_default="1")
    op.add_column("silences", rev)
    op.create_index("ix_silences_until", "silences", ["state", "until"])
    op.execute("INSERT INTO counters (name, next) VALUES ('silences', 1)")
