"""The tables of saved views: lists that people gave a name, and which one Now begins with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, UniqueConstraint

from store.columns import METADATA, at, hashed, ident, sealed, text

VIEWS = Table(
    "views",
    METADATA,
    ident(),
    text("owner"),
    hashed("name_hash"),
    at("made_at"),
    at("changed_at"),
    sealed(),
    UniqueConstraint("owner", "name_hash"),
)

FIRST_VIEWS = Table(
    "first_views",
    METADATA,
    Column("person", String, primary_key=True),
    Column("view_id", BigInteger, nullable=False),
    Index("ix_first_views_view", "view_id"),
)
