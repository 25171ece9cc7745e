"""The tables of maintenance: windows as they are planned, and each time that something holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table

from store.columns import METADATA, at, ident, sealed, text

MAINTENANCE = Table(
    "maintenance",
    METADATA,
    ident(),
    at("starts_at"),
    at("until"),
    sealed(),
    Column("window_id", BigInteger),
    Column("slot", BigInteger),
    Index("ix_maintenance_until", "until"),
    Index("ux_maintenance_slot", "window_id", "slot", unique=True),
)

MAINTENANCE_WINDOWS = Table(
    "maintenance_windows",
    METADATA,
    ident(),
    at("over_at", null=True),
    at("ahead"),
    text("file", null=True),
    sealed(),
    Index("ix_maintenance_windows_over", "over_at"),
    Index("ux_maintenance_windows_file", "file", unique=True),
)
