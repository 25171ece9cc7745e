"""The table of weekly noise reports."""

from __future__ import annotations

from sqlalchemy import Index, Table

from store.columns import METADATA, at, ident, sealed, text

NOISE_REPORTS = Table(
    "noise_reports",
    METADATA,
    ident(),
    text("team"),
    at("at"),
    sealed(),
    Index("ix_noise_reports_team", "team", "at"),
)
