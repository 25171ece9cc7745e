"""How every connection to SQLite is set up."""

from __future__ import annotations

from typing import Any

SYNCHRONOUS = "FULL"


def pragmas(connection: Any, _record: Any) -> None:
    """A commit is on the disk when it is said to be; nobody checkpoints but the writer."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA synchronous={SYNCHRONOUS}")
    cursor.execute("PRAGMA fullfsync=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA wal_autocheckpoint=0")
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()
