"""Brings a database to the schema of this code, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text

HEAD = "0028"


def alone(conn: Connection) -> None:
    """Let no other process prepare the same database meanwhile; until the transaction ends."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(7218365)"))


def upgrade(conn: Connection) -> None:
    """Run every migration that is missing; cheap when there is none."""
    if inspect(conn).has_table("alembic_version"):
        at = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if at == HEAD:
            return
    to(conn, "head")


def to(conn: Connection, revision: str) -> None:
    """Run every migration up to one; ValueError where that is not known."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = conn
    try:
        command.upgrade(config, revision)
    except CommandError:
        raise ValueError(f"the schema {revision} is newer than this version knows") from None


def made(conn: Connection) -> bool:
    """Whether there are tables."""
    return inspect(conn).has_table("alembic_version")


def forget(conn: Connection) -> None:
    """Drop every table, whatever its schema."""
    known = MetaData()
    known.reflect(conn)
    known.drop_all(conn)
