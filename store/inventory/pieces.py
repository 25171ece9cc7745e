"""Cuts what is asked for at once into pieces that a statement takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 400


def pieces(of: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Lists of at most ``size``, in order."""
    rest = iter(of)
    while some := list(islice(rest, size)):
        yield some
