"""Roles given beside the definitions, and what waits for a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _word(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "role_grants",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        _word("person"),
        _word("team"),
        _word("role"),
        _word("source"),
        _number("at"),
        _number("until", null=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("person", "team", "role", "source"),
    )
    op.create_index("ix_role_grants_until", "role_grants", ["until"])
    op.create_table(
        "approvals",
        sa.Column("id", _KEY, primary_key=True, autoincrement=False),
        _word("state"),
        _word("verb"),
        _word("asker"),
        _number("incident_id", null=True),
        _number("asked_at"),
        _number("expires_at"),
        _word("decided_by", null=True),
        _number("decided_at", null=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_approvals_state", "approvals", ["state"])
    op.execute("INSERT INTO counters (name, next) VALUES ('approvals', 1)")
