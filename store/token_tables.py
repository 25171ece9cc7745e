"""The tables of tokens beside their own: what each may, secrets that end; codes that link accounts,
and what people are told of all that."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, UniqueConstraint

from store.columns import METADATA, at, hashed, ident, sealed, text

TOKEN_TERMS = Table("token_terms", METADATA, ident(), sealed())
"""Under the number of the token."""

OLD_SECRETS = Table(
    "old_secrets",
    METADATA,
    ident(),
    Column("token_id", BigInteger, nullable=False),
    hashed("hash"),
    at("made_at"),
    at("ends_at"),
    at("last_used_at", null=True),
    UniqueConstraint("hash"),
    Index("ix_old_secrets_token", "token_id"),
)

LINK_CODES = Table(
    "link_codes",
    METADATA,
    ident(),
    hashed("hash"),
    text("person"),
    at("made_at"),
    at("expires_at"),
    at("used_at", null=True),
    UniqueConstraint("hash"),
)

ACCESS_NEWS = Table(
    "access_news",
    METADATA,
    ident(),
    text("person"),
    at("at"),
    sealed(),
    Index("ix_access_news_at", "at"),
)
