"""A silence by labels as Alertmanager has it: never more than it hides here, mostly as much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from integrations import _severity
from integrations.base import Silencing
from store.model import Severity

Matcher = dict[str, Any]
MOST = 12
"""One silence may need several there: a host has many names for its label."""
_SPECIAL = re.compile(r"([^\w\s])", re.ASCII)
_GLOB = re.compile(r"\*|\?|\[[^\]\[\\]+\]|.", re.DOTALL)


def of(asked: Silencing) -> list[list[Matcher]]:
    """The matchers of each silence that is needed; none where they would hide too much."""
    must = [
        [[_matcher(name, term.globs)] for name in term.names]
        for term in asked.terms
        if not term.but
    ]
    never = [_matcher(name, t.globs, False) for t in asked.terms if t.but for name in t.names]
    if not must:
        return []
    quiet = [] if asked.criticals else [_known_and_not_critical()]
    found = [[*(m for each in chosen for m in each), *never, *quiet] for chosen in product(*must)]
    return found if len(found) <= MOST else []


def _matcher(name: str, globs: Sequence[str], equal: bool = True) -> Matcher:
    value = "|".join("".join(_pieces(glob)) for glob in globs)
    return {"name": name, "value": f"(?is:{value})", "isRegex": True, "isEqual": equal}


def _pieces(glob: str) -> Iterator[str]:
    """A glob as RE2, which has no ``re.escape`` for letters beyond ASCII."""
    for piece in _GLOB.findall(glob):
        if piece == "*":
            yield ".*"
        elif piece == "?":
            yield "."
        elif len(piece) > 2:
            inside = piece[1:-1]
            yield f"[^{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
        else:
            yield _SPECIAL.sub(r"\\\1", piece)


def _known_and_not_critical() -> Matcher:
    """Of an unknown word nobody can tell there whether it means critical here."""
    words = (w for s in Severity if s is not Severity.CRITICAL for w in _severity.words(s))
    return _matcher("severity", sorted(words))
