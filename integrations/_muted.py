"""Downtimes of Nagios and its children as silences of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations import _text
from integrations._nagios_commands import Spot
from integrations.base import OURS, Hush

Found = tuple[Spot, Hush | None]


def hush(number: Any, until: int, who: Any, words: Any) -> Hush | None:
    """A downtime that is in effect till then; None where it is ours."""
    said = str(words or "")
    if said.startswith(OURS):
        return None
    return Hush(
        "", str(number or ""), until, _text.title(str(who or ""), 80), _text.title(said, 200)
    )


def longest(found: Iterable[Found], here: Mapping[Spot, str]) -> Sequence[Hush]:
    """Of each host or service of ``here``, by its key, the one that ends last."""
    last: dict[str, Hush] = {}
    for at, made in found:
        key = here.get(at)
        if key is None or made is None:
            continue
        if key not in last or last[key].until < made.until:
            last[key] = replace(made, key=key)
    return tuple(last.values())
