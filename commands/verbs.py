"""Every verb of the catalog: importing this declares them all."""

from __future__ import annotations

from commands import (
    asking,
    balance,
    coverage,
    defining,
    drills,
    feeds,
    incidents,
    maintenance,
    merging,
    notes,
    oncall,
    prove,
    queries,
    quiet,
    reports,
    severity,
    shadow,
    shifts,
    simulate,
    testing,
    why,
)
from commands.registry import CATALOG

__all__ = [
    "CATALOG",
    "asking",
    "balance",
    "coverage",
    "defining",
    "drills",
    "feeds",
    "incidents",
    "maintenance",
    "merging",
    "notes",
    "oncall",
    "prove",
    "queries",
    "quiet",
    "reports",
    "severity",
    "shadow",
    "shifts",
    "simulate",
    "testing",
    "why",
]
