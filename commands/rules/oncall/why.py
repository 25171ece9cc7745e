"""Why somebody is on call, or was taken off, in one sentence for cards and ``why``."""

from __future__ import annotations

from collections.abc import Callable

from store.model.oncall import Because, OnCall, Source

_Name = Callable[[str], str]


def on_call(each: OnCall, name: _Name = str) -> str:
    """``Zoe: an override puts them in Bob's place (layer primary).``

    ``name`` turns a handle into what people read.
    """
    reasons = " and ".join(_reason(because, name) for because in each.because)
    return f"{name(each.person)}: {reasons}."


def taken_off(each: OnCall, name: _Name = str) -> str:
    """``Bob: on call by layer primary, but an override puts Zoe in their place.``"""
    reasons = " and ".join(_instead(because, name) for because in each.because)
    return f"{name(each.person)}: {reasons}."


def _reason(because: Because, name: _Name) -> str:
    if because.source is Source.LAYER:
        return f"layer {because.name}"
    if because.source is Source.TEMPORARY:
        return "the temporary schedule"
    if because.source is Source.HISTORY:
        return "the record of that time"
    if because.instead_of is None:
        return "an override adds them"
    before = " and ".join(_reason(each, name) for each in because.before)
    person = name(because.instead_of)
    if because.source is Source.SWAP:
        return f"they took {person}'s shift ({before})"
    return f"an override puts them in {person}'s place ({before})"


def _instead(because: Because, name: _Name) -> str:
    before = " and ".join(_reason(each, name) for each in because.before)
    if because.by is None:
        return f"on call by {before}, but an override removes them"
    if because.source is Source.SWAP:
        return f"on call by {before}, but {name(because.by)} took the shift"
    return f"on call by {before}, but an override puts {name(because.by)} in their place"
