"""On call: definitions that people own, cards about more than incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and columns, part by part."""
    _owners()
    _about()


def _owners() -> None:
    op.add_column(
        "definitions", sa.Column("owner", sa.String(), nullable=False, server_default="file")
    )


def _about() -> None:
    op.add_column("outbox", sa.Column("about", sa.String(), nullable=True))
