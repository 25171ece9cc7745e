"""Private incidents, and whom each of them is shown to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "private_incidents",
        sa.Column("incident_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "who"),
    )
    op.create_index("ix_private_incidents_who", "private_incidents", ["who", "incident_id"])
