"""The tables of words that people write about incidents, and of where each of them was said."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint

from store.columns import METADATA, at, hashed, ident, sealed, text

NOTES = Table(
    "notes",
    METADATA,
    ident(),
    Column("incident_id", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    at("at"),
    hashed("origin_hash", null=True),
    Column("version", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    sealed(),
    UniqueConstraint("origin_hash"),
    Index("ix_notes_incident", "incident_id", "number"),
)

NOTE_COPIES = Table(
    "note_copies",
    METADATA,
    ident(),
    Column("note_id", BigInteger, nullable=False),
    text("place"),
    Column("row_id", BigInteger, nullable=False),
    text("channel", null=True),
    text("message", null=True),
    text("thread", null=True),
    Column("shown", Integer, nullable=False),
    Index("ix_note_copies_note", "note_id"),
    Index("ix_note_copies_row", "row_id"),
    Index("ix_note_copies_message", "message"),
)
