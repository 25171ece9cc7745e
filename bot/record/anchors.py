"""Anchors as they are kept outside: appended to a file, read back from it or from pasted chat."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from commands.anchoring import Anchor
from integrations.base import Misconfigured, Transient
from store.audit import Posted
from store.clock import iso

_LINE = re.compile(
    r'\banchor"?:?\s+(\d{1,15})\b'  # its number
    r'((?:(?!\banchor"?:?\s+\d).){0,400}?)'  # no other one between
    r"\b([0-9a-f]{64})\b",
    re.DOTALL | re.IGNORECASE,
)


def append(path: str, anchor: Anchor) -> None:
    """Add an anchor to a file, on disk when this returns; one that is its last line is not added
    twice. Misconfigured where nobody may write there."""
    said = {"anchor": anchor.seq, "at": iso(anchor.at), "rows": anchor.rows, "mac": anchor.mac}
    line = json.dumps(said) + "\n"
    target = Path(path)
    try:
        if target.exists() and line in target.read_text(encoding="utf-8").splitlines(True)[-5:]:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(target, flags, 0o640), "a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise Misconfigured(f"anchors can't be kept in {path}: {error.strerror}", path) from None
    except OSError as error:
        raise Transient(f"anchors can't be kept in {path} now: {error.strerror}") from None


def read(text: str) -> Iterator[Posted]:
    """The anchors of a file, or of messages that were copied out of a chat."""
    for found in _LINE.finditer(text):
        yield Posted(int(found[1]), found[3].lower())
