"""Whose a resource is: what its tags say, else what holds for its source. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commands.rules.metric_rules import MetricRules
from store.model.known import Belonging
from store.model.resource import Resource

TAGS: Mapping[str, tuple[str, ...]] = {
    "team": ("team", "squad", "owner_team", "owning_team", "teamname"),
    "owner": (
        "owner", "contact", "maintainer", "responsible", "owner_email", "created_by", "createdby",
        "creator",
    ),
    "environment": ("environment", "env", "stage", "tier"),
    "service": (
        "service", "app", "application", "app.kubernetes.io/part_of", "app.kubernetes.io/name",
        "k8s_app", "component", "project_name",
    ),
}  # fmt: skip
"""Which tags say so unless the settings name others; the first that is there counts. Case and
``-``, ``_``, spaces are all one."""


@dataclass(frozen=True, slots=True)
class SourceRules:
    """What holds for everything of a source that its tags don't say otherwise. Where ``strangers``
    name and tag what is there, tags say nothing, and only by its ids is a thing meant."""

    kind: str
    team: str = ""
    environment: str = ""
    title: str = ""
    strangers: bool = False


@dataclass(frozen=True, slots=True)
class CostRules:
    """A jump of what is spent is told once it is of at least ``least`` in its currency a day and of
    ``percent``; with ``alerts`` it is an alert. ``keep`` in days."""

    alerts: bool = True
    least: float = 10.0
    percent: float = 25.0
    keep: int = 400


@dataclass(frozen=True, slots=True)
class InventoryRules:
    """The settings of the inventory that verbs and rules need. ``savings`` is the day (0 is Monday)
    and the minute of the weekly card, ``tickets`` the action that a ticket is posted to."""

    sources: Mapping[str, SourceRules] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: TAGS)
    required_tags: tuple[str, ...] = ()
    inherit: bool = True
    gather: bool = True
    gather_criticals: bool = True
    savings: tuple[int, int] | None = (0, 540)
    tickets: str = ""
    metrics: MetricRules = field(default_factory=MetricRules)
    costs: CostRules = field(default_factory=CostRules)


def belonging(resource: Resource, rules: InventoryRules, source: str) -> Belonging:
    """Whose a resource is."""
    of_source = rules.sources.get(source)
    tags = {} if of_source is not None and of_source.strangers else resource.tags
    said = {_plain(name): value.strip() for name, value in tags.items() if value.strip()}

    def first(what: str) -> str:
        return next((said[n] for n in map(_plain, rules.tags.get(what, ())) if n in said), "")

    return Belonging(
        team=first("team") or (of_source.team if of_source else ""),
        owner=first("owner"),
        environment=first("environment") or (of_source.environment if of_source else ""),
        service=first("service"),
    )


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
