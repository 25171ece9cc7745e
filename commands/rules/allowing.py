"""Which values an action takes at all, whoever runs it: what is not allowed here nobody may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from commands.rules.approving import values_of
from commands.rules.permitted import fitting


class Has(Protocol):
    """A parameter of an action."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def default(self) -> Any:
        """What it is where nobody says."""
        ...

    @property
    def secret(self) -> bool:
        """Whether nobody reads its value."""
        ...


class Allows(Protocol):
    """An action: ``allow`` are the globs its parameters must fit, ``fixed`` those nobody gives."""

    @property
    def allow(self) -> Mapping[str, tuple[str, ...]]:
        """Parameter → globs."""
        ...

    @property
    def params(self) -> Sequence[Has]:
        """Its parameters."""
        ...


def refused(offer: Allows, params: Mapping[str, Any]) -> str:
    """Why these values are not taken, "" where they are. A parameter that must fit and is left out
    counts as its default; where that is not known it must be given."""
    return next((why for _, why in wrong(offer, params)), "")


def wrong(offer: Allows, params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(parameter, why not) for each value that is not taken."""
    defaults = {each.name: each.default for each in offer.params}
    secret = {each.name for each in offer.params if each.secret}
    found = []
    for name, globs in offer.allow.items():
        values = values_of(params.get(name)) or values_of(defaults.get(name)) or ("",)
        bad = next((value for value in values if not fitting(value, globs)), None)
        likes = " or ".join(globs)
        if bad == "":
            found.append((name, f"{name} must be said here: {likes}."))
        elif bad is not None:
            not_ = "" if name in secret else f", not {bad[:60]}"
            found.append((name, f"{name} may be {likes} here{not_}."))
    return found
