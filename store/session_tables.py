"""Sessions of the console, and what lets somebody in: links, codes, letters, providers."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from store.columns import METADATA
from store.columns import at as _at
from store.columns import hashed as _hash
from store.columns import ident as _id
from store.columns import sealed as _sealed
from store.columns import text as _text

SESSIONS = Table(
    "sessions",
    METADATA,
    _id(),
    Column("selector", LargeBinary, nullable=False, unique=True),
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
    _sealed(),
    Index("ix_sessions_person", "person", "id"),
)

SIGNINS = Table(
    "signins",
    METADATA,
    _id(),
    _text("kind"),
    Column("hash", LargeBinary, nullable=False, unique=True),
    _text("person", null=True),
    _hash("browser", null=True),
    _at("created_at"),
    _at("expires_at"),
    _at("confirmed_at", null=True),
    _at("used_at", null=True),
    _sealed(),
    Index("ix_signins_browser", "browser"),
)
