"""What a failed write means: storage broken for everybody, a lost race, or a bad statement."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

_FULL_OR_WORSE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, resources, operator
# intervention, system error; and a read-only transaction, which a standby answers with.
_GONE = ("08", "53", "57", "58", "25006")
_SERIALIZATION, _DEADLOCK, _UNIQUE = "40001", "40P01", "23505"


class Raced(Exception):
    """Another process was faster; the same transaction works when it is run again."""


def broken_storage(error: BaseException) -> str:
    """Why the database can't be written by anybody now, or nothing where it can."""
    found = _driver(error)
    if isinstance(found, sqlite3.Error):
        code = getattr(found, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return str(found) if code & 0xFF in _FULL_OR_WORSE else ""
    if isinstance(found, OSError):
        return found.strerror or type(found).__name__
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "the connection is lost"
    return str(found) if _state(found).startswith(_GONE) else ""


def raced(error: BaseException) -> bool:
    """Whether the transaction lost against another process and may simply be run again."""
    return isinstance(error, Raced) or _state(_driver(error)) in (
        _SERIALIZATION,
        _DEADLOCK,
        _UNIQUE,
    )


def _driver(error: BaseException) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _state(error: BaseException) -> str:
    return str(getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or "")
