"""Before and after: what a transaction changed of the nouns it wrote, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from store.db import Tx

UNTOLD = frozenset({
    "id", "rev", "generation", "updated_at", "next", "alerts_total", "alerts_firing",
    "last_alert_at",
})  # fmt: skip
"""What moves by itself with every change, or is told by the alerts."""
LONGEST = 2_000


class Diff:
    """Collects nouns as they were before their first change and as they are after the last."""

    def __init__(self) -> None:
        self._nouns: dict[tuple[str, object], tuple[Any, Any]] = {}

    def saw(self, kind: str, name: object, before: Callable[[], Any], after: Any) -> None:
        """A noun is written; ``before`` reads it as it is, None where there is none yet, and
        ``after`` is None where it goes."""
        known = self._nouns.get((kind, name))
        self._nouns[kind, name] = (known[0] if known else before(), after)

    def said(self) -> dict[str, dict[str, list[Any]]]:
        """Noun → field → [before, after], of fields that differ."""
        found = {f"{k} {n}": dict(_differ(*both)) for (k, n), both in self._nouns.items()}
        return {name: fields for name, fields in found.items() if fields}


def _differ(before: Any, after: Any) -> Iterator[tuple[str, list[Any]]]:
    old, new = _fields(before), _fields(after)
    for name in sorted((old.keys() | new.keys()) - UNTOLD):
        was, now = old.get(name), new.get(name)
        if was != now and (was or now or (was is not None and now is not None)):
            yield name, [_plain(was), _plain(now)]


def _fields(noun: Any) -> Mapping[str, Any]:
    if noun is None:
        return {}
    if isinstance(noun, Mapping):
        return noun
    return {f.name: getattr(noun, f.name) for f in dataclasses.fields(noun)}


def _plain(value: Any) -> Any:
    plain = msgspec.to_builtins(value, enc_hook=_other, str_keys=True)
    if isinstance(plain, str) and len(plain) > LONGEST:
        return plain[:LONGEST] + "…"
    return plain


def _other(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


@contextmanager
def watching(tx: Tx) -> Iterator[Diff]:
    """Collect what is changed inside."""
    tx.diff = diff = Diff()
    try:
        yield diff
    finally:
        tx.diff = None
