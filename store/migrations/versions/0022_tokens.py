"""What tokens may, secrets that end, codes that link accounts, what people are told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _ident() -> sa.Column[int]:
    return sa.Column("id", _KEY, primary_key=True, autoincrement=False)


def _at(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Add the tables."""
    op.create_table("token_terms", _ident(), _bytes("sealed"))
    op.create_table(
        "old_secrets",
        _ident(),
        _at("token_id"),
        _bytes("hash"),
        _at("made_at"),
        _at("ends_at"),
        _at("last_used_at", null=True),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_old_secrets_token", "old_secrets", ["token_id"])
    op.create_table(
        "link_codes",
        _ident(),
        _bytes("hash"),
        sa.Column("person", sa.String(), nullable=False),
        _at("made_at"),
        _at("expires_at"),
        _at("used_at", null=True),
        sa.UniqueConstraint("hash"),
    )
    op.create_table(
        "access_news",
        _ident(),
        sa.Column("person", sa.String(), nullable=False),
        _at("at"),
        _bytes("sealed"),
    )
    op.create_index("ix_access_news_at", "access_news", ["at"])
    op.execute("INSERT INTO counters (name, next) VALUES ('access_news', 1)")
