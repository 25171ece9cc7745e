"""The tables of what is told beside cards: digests of channels, and what goes to others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Table

from store.columns import METADATA, at, hashed, ident, sealed, text

DIGESTS = Table(
    "digests",
    METADATA,
    ident(),
    text("place"),
    at("at"),
    sealed(),
    Index("ix_digests_at", "at"),
)

SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    ident(),
    hashed("subject"),
    hashed("who"),
    Column("incident_id", BigInteger),
    Column("confirmed", Boolean, nullable=False),
    Column("opened", Boolean, nullable=False),
    at("at"),
    sealed(),
    Index("ix_subscriptions_subject", "subject"),
    Index("ix_subscriptions_who", "who"),
)

FOLLOWED = Table(
    "followed",
    METADATA,
    ident("incident_id"),
    at("last_at", null=True),
    Column("over", Boolean, nullable=False),
    Index("ix_followed_over", "over"),
)

STAKEHOLDER_UPDATES = Table(
    "stakeholder_updates",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False),
    at("at"),
    Column("sent_at", BigInteger),
    sealed(),
    Index("ix_stakeholder_updates_incident", "incident_id"),
)

STATUS_POSTS = Table(
    "status_posts",
    METADATA,
    ident("incident_id"),
    at("at"),
    Column("hidden", Boolean, nullable=False),
    sealed(),
    Index("ix_status_posts_at", "at"),
)

STATUS_LINES = Table(
    "status_lines",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False),
    at("at"),
    sealed(),
    Index("ix_status_lines_incident", "incident_id"),
)
