"""The columns tables are made of, and where all tables are known."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, String

METADATA = MetaData()

# SQLite keeps a table in the order of its key only where the key's type is the word INTEGER;
# with BIGINT every table would carry a second index.
KEY = BigInteger().with_variant(Integer(), "sqlite")


def ident(name: str = "id") -> Column[int]:
    """A row's own number."""
    return Column(name, KEY, primary_key=True, autoincrement=False)


def at(name: str, null: bool = False) -> Column[int]:
    """An instant in milliseconds."""
    return Column(name, BigInteger, nullable=null)


def text(name: str, null: bool = False) -> Column[str]:
    """A word that is queried."""
    return Column(name, String, nullable=null)


def hashed(name: str, null: bool = False) -> Column[bytes]:
    """A keyed hash."""
    return Column(name, LargeBinary, nullable=null)


def sealed(null: bool = False) -> Column[bytes]:
    """Everything else of a row; rotation of keys and backups find it by its mark."""
    return Column("sealed", LargeBinary, nullable=null, info={"sealed": True})
