"""What a terminal is shown: no character of a stranger's words moves the cursor, rings, colours or
turns a line."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import Any

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]"
)


def harmless(text: str) -> str:
    """The text without control characters other than the end of a line and the tab."""
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


class Harmless:
    """A stream that writes so; everything else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it without what could reach for the terminal."""
        written: int = self._stream.write(harmless(text))
        return written

    def writelines(self, lines: Any) -> None:
        """Write them, one after the other."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """Both streams of this process write so for as long as a command of the line runs."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Harmless(out), Harmless(err)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
