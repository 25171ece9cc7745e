"""The record in the formats others read: JSON lines, CSV, ArcSight's CEF. Each row carries what is
needed to verify it: its place in the chain, digest, salt, and both MACs."""

from __future__ import annotations

import csv
import io
import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

from commands import recorded
from store.audit import Entry, canonical

COLUMNS = (
    "writer", "seq", "at", "actor", "name", "verb", "outcome", "incident", "surface", "address",
    "detail", "salt", "digest", "prev", "mac",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST = 4_000
"""What a custom string of CEF may hold."""

Writer = Callable[[Sequence[Entry]], str]
TYPES = {
    "jsonl": ("application/x-ndjson", "jsonl"),
    "csv": ("text/csv", "csv"),
    "cef": ("text/plain", "cef"),
}


def jsonl(entries: Sequence[Entry]) -> str:
    """One JSON object a line."""
    return "".join(_json(recorded.facts(entry)) + "\n" for entry in entries)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def header(format_: str) -> str:
    """What stands before the first row."""
    return _csv([COLUMNS]) if format_ == "csv" else ""


def csv_(entries: Sequence[Entry]) -> str:
    """Comma-separated rows; a cell that a spreadsheet would run as a formula begins with an
    apostrophe."""
    return _csv([[_cell(value) for value in _row(entry)] for entry in entries])


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _row(entry: Entry) -> Iterator[Any]:
    facts: Mapping[str, Any] = recorded.facts(entry)
    more = {"name": entry.name, "surface": entry.surface, "address": entry.address}
    for column in COLUMNS:
        value = {**facts, **more}[column]
        whole = column == "detail" and value is not None
        yield canonical(value).decode() if whole else value


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


# ---- CEF ---------------------------------------------------------------------------------------


def cef_lines(entries: Sequence[Entry]) -> str:
    """One CEF event a line."""
    return "".join(f"{cef(entry)}\n" for entry in entries)


def cef(entry: Entry) -> str:
    """``CEF:0|PixelView|PixelView|1.0|ack|…|3|rt=…``: in the header ``\\`` and ``|`` are escaped,
    in values ``\\``, ``=`` and the ends of lines."""
    head = (
        "CEF:0", "PixelView", "PixelView", _version(), entry.verb,
        recorded.sentence(entry), str(_severity(entry)),
    )  # fmt: skip
    body = " ".join(f"{k}={_value(v)}" for k, v in _extension(entry) if v not in ("", None))
    return f"{head[0]}|{'|'.join(map(_header, head[1:]))}|{body}"


def _version() -> str:
    try:
        return metadata.version("pixelview")
    except metadata.PackageNotFoundError:
        return "0"


def _header(text: str) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat.replace("\\", "\\\\").replace("|", "\\|")


def _value(value: Any) -> str:
    text = str(value).replace("\\", "\\\\").replace("=", "\\=")
    text = text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\r")
    return "".join(c if c.isprintable() else " " for c in text)


def _extension(entry: Entry) -> Iterator[tuple[str, Any]]:
    yield "rt", entry.at
    yield "cat", "audit"
    yield "act", entry.verb
    yield "outcome", entry.outcome
    yield "suid", entry.actor
    yield "suser", entry.name
    if _is_address(entry.address):
        yield "src" if ":" not in entry.address else "c6a2", entry.address
        yield from (("c6a2Label", "Source IPv6 Address"),) if ":" in entry.address else ()
    yield "externalId", f"{entry.writer}/{entry.seq}"
    custom = (
        ("surface", entry.surface), ("address", entry.address), ("prev", entry.prev.hex()),
        ("mac", entry.mac.hex()), ("digest", entry.digest.hex()), ("detail", _short(entry)),
    )  # fmt: skip
    for number, (label, value) in enumerate(custom, 1):
        if value:
            yield f"cs{number}Label", label
            yield f"cs{number}", value
    if entry.salt is not None:
        yield "flexString1Label", "salt"
        yield "flexString1", entry.salt.hex()
    if entry.incident_id is not None:
        yield "cn1Label", "incident"
        yield "cn1", entry.incident_id


def _short(entry: Entry) -> str:
    """The detail, as far as one field holds it; then it can't be held against its digest."""
    text = "" if entry.erased else canonical(entry.detail).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _severity(entry: Entry) -> int:
    """0 to 10: what was refused counts more than what was done."""
    if entry.outcome != "ok":
        return 6
    return 1 if entry.actor == "system:pixelview" else 3


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


WRITERS: Mapping[str, Writer] = {"jsonl": jsonl, "csv": csv_, "cef": cef_lines}
