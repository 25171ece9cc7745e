"""Whether exported rows are as they were written: for whoever has the export and the key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from store.audit.chain import digest_of, mac_of
from store.audit.checking import Report
from store.db import Tx


def check_export(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> Report:
    """Check rows as they were exported, newest first or oldest first: each must be as it was
    written, and follow the one before it of its chain where that is there too."""
    report = Report()
    near: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        report.rows += 1
        where = f"audit {row.get('writer')} {row.get('seq')}"
        try:
            _exported(tx, report, row, where)
            if (other := near.get(row["writer"])) is not None:
                _beside(report, row, other, where)
            near[row["writer"]] = row
        except (KeyError, TypeError, ValueError, AttributeError):
            report.bad(where, "is no row of an export")
    return report


def _exported(tx: Tx, report: Report, row: Mapping[str, Any], where: str) -> None:
    said = (row["writer"], row["seq"], row["at_ms"], row["actor"], row["verb"], row["outcome"])
    mac = mac_of(tx, bytes.fromhex(row["prev"]), *said, row["incident"], row["digest"])
    if mac.hex() != row["mac"]:
        report.bad(where, "was edited: its MAC does not fit")
    if row["detail"] is None:
        report.erased.add((row["writer"], row["seq"]))
    elif digest_of(bytes.fromhex(row["salt"] or ""), row["detail"]).hex() != row["digest"]:
        report.bad(where, "its detail was edited")


def _beside(report: Report, row: Mapping[str, Any], other: Mapping[str, Any], where: str) -> None:
    old, new = sorted((row, other), key=lambda r: int(r["seq"]))
    if new["seq"] - old["seq"] > 1:
        report.gaps.append((row["writer"], old["seq"] + 1, new["seq"] - 1))
    if new["seq"] - old["seq"] == 1 and new["prev"] != old["mac"]:
        report.bad(where, "does not follow the row before it")
