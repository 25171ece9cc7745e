"""Why somebody was asked is sealed; what stands in clear is sealed when the keys are at hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("runs", sa.Column("sealed", sa.LargeBinary(), nullable=True))
