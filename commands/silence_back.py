"""A silence by a filter is made in monitors too, where all of it can be said in labels.

A monitor may hide less than PixelView, never more: what it hides never arrives.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from commands import write_back
from commands.context import Ctx
from commands.rules import silencing as rules
from commands.rules.filters import ALSO, Filter
from store import outbox
from store.model.silence import Silence

MATCHER = "matcher"
"""What the outbox calls it, where it names what was done to an incident."""
_NOT_LABELS = frozenset(
    ("severity", "type", "team", "route", "resource", "title", "status", "tag", "who")
)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def ask(ctx: Ctx, silence: Silence) -> None:
    """Tell every monitor that can silence by labels of a silence that began, changed or ended."""
    if not ctx.rules.write_back or not silence.what:
        return
    matcher = rules.read(silence.what)
    terms = labels_of(matcher.filter)
    # A rule may make critical here what the monitor calls a warning.
    if terms is None or (ctx.definitions.alert_rules and not matcher.with_criticals):
        return
    holds = silence.in_force(ctx.now)
    name = ctx.name_of(silence.by)
    said: dict[str, Any] = {
        "did": MATCHER, "by": name, "text": f"{name} silenced {silence.what}. {silence.text}",
        "say": f"Silence {silence.id}: {silence.what}", "silence": silence.id, "terms": terms,
        "criticals": matcher.with_criticals, "until": silence.until if holds else None,
    }  # fmt: skip
    for source in sorted(ctx.rules.write_back):
        if _is_meant(matcher.filter, source):
            place = f"{write_back.WRITE_BACK}:{source}"
            outbox.say(ctx.tx, ctx.now, write_back.WRITE_BACK, 0, place, write_back.RANK, said)


def labels_of(found: Filter) -> list[dict[str, Any]] | None:
    """The terms as labels and globs; None where one of them is about something else."""
    if found.words:
        return None
    terms = []
    for term in found.terms:
        if term.name == "source":
            continue
        name = term.name.removeprefix("label.")
        if (name in _NOT_LABELS and name == term.name) or not _LABEL.fullmatch(name):
            return None
        names = list(ALSO.get(name, (name,)))
        terms.append({"names": names, "globs": list(term.globs), "but": term.but})
    return terms if any(not term["but"] for term in terms) else None


def _is_meant(found: Filter, source: str) -> bool:
    low = source.casefold()
    return all(
        term.but is not any(fnmatchcase(low, glob) for glob in term.globs)
        for term in found.terms
        if term.name == "source"
    )
