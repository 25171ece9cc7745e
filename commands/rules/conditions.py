"""Whether something fits an incident: which actions are offered, who must agree, what automation
takes up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

_OURS = ("labels.", "incident.", "resource.")
"""What names begin with that no label of a stranger stands for."""
Match = Mapping[str, tuple[str, ...]]
"""Field → globs, of which one must fit one of its values; ``!`` before a glob: none may."""

OWN = (
    "severity", "source", "type", "status", "title", "team", "service", "environment", "route",
    "policy", "resource", "tag", "kind", "provider", "health", "owner", "region", "account",
)  # fmt: skip
"""The fields that are no labels; ``kind`` and what follows are those of the resources it is
about."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an incident, for conditions and for templates: field or label → values,
    the most telling first. A label that is called like a field is at ``labels.<name>`` only."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field or a label."""
        if name in OWN or name.startswith(_OURS):
            return self.values.get(name, ())
        return self.values.get(name) or self.values.get(f"labels.{name}", ())

    def first(self, name: str) -> str:
        """The most telling value, "" where there is none."""
        return next(iter(self.all(name)), "")


def fits(match: Match, facts: Facts) -> str | None:
    """Why it fits, in words; None where it does not. An empty match fits everything."""
    reasons = []
    for name, globs in match.items():
        found = _fitting(facts.all(name), globs)
        if found is None:
            return None
        reasons.append(f"{name}={found}" if found else f"{name} is not {', '.join(globs)}")
    return " and ".join(reasons) or "it fits everything"


def unmet(match: Match, facts: Facts) -> str:
    """What does not fit, in words; "" where all does."""
    for name, globs in match.items():
        values = facts.all(name)
        if _fitting(values, globs) is None:
            return f"{name} is {', '.join(values[:3]) or 'not there'}, not {', '.join(globs)}"
    return ""


def _fitting(values: tuple[str, ...], globs: Iterable[str]) -> str | None:
    """The value that fits; "" where it is enough that none of the unwanted is there."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    if any(_like(value, glob) for value in values for glob in unwanted):
        return None
    if not wanted:
        return ""
    return next((v for v in values for glob in wanted if _like(v, glob)), None)


def _like(value: str, glob: str) -> bool:
    return fnmatchcase(value.casefold(), glob.casefold())
