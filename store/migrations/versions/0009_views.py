"""Saved views, and labels that are found whatever their case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; remember up to which incident the labels were indexed as they were sent."""
    op.create_table(
        "views",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("owner", "name_hash"),
    )
    op.create_table(
        "first_views",
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("view_id", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_first_views_view", "first_views", ["view_id"])
    newest = op.get_bind().execute(sa.text("SELECT max(id) FROM incidents")).scalar()
    if newest is not None:
        kept = sa.text("INSERT INTO meta (key, value) VALUES ('labels folded after', :newest)")
        op.get_bind().execute(kept, {"newest": str(newest)})
