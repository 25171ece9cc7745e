"""The whole database as whoever holds the keys reads it: every sealed row opened, every column."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import inspect, select

from store.crypto import Damaged
from store.db import Tx
from store.tables import METADATA


def everything(tx: Tx) -> str:
    """All that the database says, as one text, a row a line."""
    return "\n".join(_lines(tx))


def says(text: str, word: str) -> list[str]:
    """The rows that say a word, whatever its case: not as a part of a longer one."""
    found = re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])", re.IGNORECASE)
    return [line[:400] for line in text.split("\n") if found.search(line)]


def _lines(tx: Tx) -> Iterator[str]:
    there = set(inspect(tx.conn).get_table_names())
    for table in METADATA.sorted_tables:
        if table.name not in there:
            continue
        keys = [c.name for c in table.primary_key.columns]
        for row in tx.conn.execute(select(table)).mappings():
            ids = [row[name] for name in keys]
            words: dict[str, Any] = {}
            for column in table.columns:
                value = row[column.name]
                if isinstance(value, bytes):
                    opened = _open(tx, table.name, ids, value) if _is_sealed(column) else None
                    words[column.name] = opened
                else:
                    words[column.name] = value
            said = json.dumps(words, ensure_ascii=False, default=str)
            yield f"{table.name} {said}".replace("\n", " ")


def _is_sealed(column: Any) -> bool:
    return bool(column.info.get("sealed")) or column.name.startswith("sealed")


def _open(tx: Tx, table: str, ids: list[Any], blob: bytes) -> Any:
    hexed = [i.hex() if isinstance(i, bytes) else i for i in ids]
    for row in (hexed[0], ".".join(map(str, hexed)), ":".join(map(str, hexed))):
        try:
            return _unpacked(tx.ring.open(table, row, blob))
        except Damaged:
            continue
    raise AssertionError(f"{table} {ids} does not open")


def _unpacked(found: Any) -> Any:
    """Packed bodies too."""
    if isinstance(found, dict) and isinstance(found.get("body"), str):
        try:
            body = zlib.decompress(base64.b64decode(found["body"]))
        except ValueError:
            return found
        return {**found, "body": body.decode("utf-8", "replace")}
    return found
