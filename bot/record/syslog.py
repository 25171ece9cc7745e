"""Rows of the record as syslog: RFC 5424 messages, counted in octets as RFC 5425 frames them."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

from bot.record.formats import cef
from commands import recorded
from store.audit import Entry, canonical
from store.clock import iso

INFO, WARNING = 6, 4
ENTERPRISE = "pixelview@32473"
"""The number that RFC 5612 keeps for examples: we have none of our own."""
_BOM = "\ufeff"
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]+")


def frame(message: bytes) -> bytes:
    """How long it is, a space, and the message."""
    return b"%d %b" % (len(message), message)


def message(entry: Entry, format_: str = "rfc5424", facility: int = 13) -> bytes:
    """A row as one message; its structured data say where in the chain it stands."""
    level = INFO if entry.outcome == "ok" else WARNING
    head = " ".join((
        f"<{facility * 8 + level}>1", iso(entry.at), _name(socket.gethostname(), 255), "pixelview",
        _name(entry.writer, 128), _name(entry.verb, 32),
    ))  # fmt: skip
    if format_ == "cef":
        return f"{head} - {cef(entry)}".encode()
    data = " ".join(f'{name}="{_param(value)}"' for name, value in _params(entry))
    words = "".join(c if c.isprintable() else " " for c in recorded.sentence(entry))
    return f"{head} [{ENTERPRISE} {data}] {_BOM}{words}".encode()


def _name(text: str, longest: int) -> str:
    """A header field: printable ASCII without spaces, ``-`` where nothing is left."""
    return _UNPRINTABLE.sub("_", text)[:longest] or "-"


def _param(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
    return escaped.replace("\r", " ").replace("\n", " ")


def _params(entry: Entry) -> Iterator[tuple[str, str]]:
    facts = recorded.facts(entry)
    yield from (("writer", entry.writer), ("seq", str(entry.seq)))
    yield from (("actor", entry.actor), ("name", entry.name))
    yield from (("verb", entry.verb), ("outcome", entry.outcome))
    more = (("incident", facts["incident"]), ("surface", entry.surface), ("address", entry.address))
    yield from ((name, str(value)) for name, value in more if value)
    if not entry.erased:
        yield "detail", detail_text(entry)
    if facts["salt"]:
        yield "salt", str(facts["salt"])
    yield from (("digest", facts["digest"]), ("prev", facts["prev"]), ("mac", facts["mac"]))


def detail_text(entry: Entry) -> str:
    """The detail as its digest is made of."""
    return canonical(entry.detail).decode()
