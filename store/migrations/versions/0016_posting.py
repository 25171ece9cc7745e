"""Digests of channels, subscriptions to updates, and what stands on the status page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ident(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, _KEY, primary_key=True, autoincrement=False)


def _number(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "digests",
        _ident(),
        sa.Column("place", sa.String(), nullable=False),
        _number("at"),
        _bytes("sealed"),
    )
    op.create_index("ix_digests_at", "digests", ["at"])
    op.create_table(
        "subscriptions",
        _ident(),
        _bytes("subject"),
        _bytes("who"),
        _number("incident_id", null=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        _number("at"),
        _bytes("sealed"),
    )
    op.create_index("ix_subscriptions_subject", "subscriptions", ["subject"])
    op.create_index("ix_subscriptions_who", "subscriptions", ["who"])
    op.create_table(
        "followed",
        _ident("incident_id"),
        _number("last_at", null=True),
        sa.Column("over", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_followed_over", "followed", ["over"])
    op.create_table(
        "stakeholder_updates",
        _ident(),
        _number("incident_id"),
        _number("at"),
        _number("sent_at", null=True),
        _bytes("sealed"),
    )
    op.create_index("ix_stakeholder_updates_incident", "stakeholder_updates", ["incident_id"])
    op.create_table(
        "status_posts",
        _ident("incident_id"),
        _number("at"),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        _bytes("sealed"),
    )
    op.create_index("ix_status_posts_at", "status_posts", ["at"])
    op.create_table(
        "status_lines",
        _ident(),
        _number("incident_id"),
        _number("at"),
        _bytes("sealed"),
    )
    op.create_index("ix_status_lines_incident", "status_lines", ["incident_id"])
    op.execute("INSERT INTO counters (name, next) VALUES ('digests', 1)")
    op.execute("INSERT INTO counters (name, next) VALUES ('subscriptions', 1)")
    op.execute("INSERT INTO counters (name, next) VALUES ('stakeholder_updates', 1)")
