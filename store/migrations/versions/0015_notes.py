"""Words people write about incidents, and where each of them was said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "notes",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("origin_hash", sa.LargeBinary()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("origin_hash"),
    )
    op.create_index("ix_notes_incident", "notes", ["incident_id", "number"])
    op.create_table(
        "note_copies",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String()),
        sa.Column("message", sa.String()),
        sa.Column("thread", sa.String()),
        sa.Column("shown", sa.Integer(), nullable=False),
    )
    op.create_index("ix_note_copies_note", "note_copies", ["note_id"])
    op.create_index("ix_note_copies_row", "note_copies", ["row_id"])
    op.create_index("ix_note_copies_message", "note_copies", ["message"])
