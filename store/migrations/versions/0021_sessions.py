"""Sessions whose secret rotates, ways in that are bound to a browser; everybody signs in again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _hash(name: str, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=null)


def _at(name: str, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _text(name: str, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def _id() -> sa.Column[int]:
    return sa.Column("id", _KEY, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Make the tables anew."""
    op.drop_table("sessions")
    op.create_table(
        "sessions",
        _id(),
        _hash("selector"),
        _hash("secret"),
        _hash("offered", null=True),
        _at("offered_at", null=True),
        _hash("previous", null=True),
        _at("rotated_at"),
        _text("person"),
        _text("how"),
        _hash("browser"),
        _hash("subject", null=True),
        _at("created_at"),
        _at("seen_at"),
        _at("expires_at"),
        _at("ended_at", null=True),
        _text("ended_how", null=True),
        _hash("sealed"),
        sa.UniqueConstraint("selector"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person", "id"])
    op.create_table(
        "signins",
        _id(),
        _text("kind"),
        _hash("hash"),
        _text("person", null=True),
        _hash("browser", null=True),
        _at("created_at"),
        _at("expires_at"),
        _at("confirmed_at", null=True),
        _at("used_at", null=True),
        _hash("sealed"),
        sa.UniqueConstraint("hash"),
    )
    op.create_index("ix_signins_browser", "signins", ["browser"])
    op.execute("INSERT INTO counters (name, next) VALUES ('sessions', 1)")
