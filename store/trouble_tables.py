"""The table of what keeps a chat from working."""

from __future__ import annotations

from sqlalchemy import Table

from store.columns import METADATA, at, ident, sealed, text

TROUBLES = Table(
    "troubles",
    METADATA,
    ident(),
    text("place"),
    text("what"),
    at("since"),
    at("over_at", null=True),
    sealed(),
)
