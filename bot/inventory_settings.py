"""What of the infrastructure is looked at: clusters and clouds by names of our own, and what their
tags mean.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot import metric_rules_settings, practice, resource_actions
from bot.inventory.connecting import module_of, offered, wrong
from bot.metric_rules_settings import CostSettings, MetricRuleSettings
from bot.resource_actions import ResourceActionSettings
from bot.yamlfile import Place
from commands.automation.offers import Offer
from commands.rules.inventory import TAGS, InventoryRules, SourceRules
from integrations.base import Action
from store.model import Definitions

KINDS = ("kubernetes", "openstack", "aws", "azure", "gcp")
"""Those that come with PixelView; a package of somebody else may bring more."""
MEANT = {
    "k8s": "kubernetes", "eks": "kubernetes", "aks": "kubernetes", "gke": "kubernetes",
    "amazon": "aws", "google": "gcp", "googlecloud": "gcp", "google_cloud": "gcp",
    "azuremonitor": "azure", "microsoft": "azure", "nova": "openstack",
}  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


class SourceSettings(BaseModel):
    """One cluster, cloud or account. ``team`` and ``environment`` hold where tags say nothing,
    ``stretch`` is how many times as long as usual it is between two looks. ``strangers`` says that
    tenants name and tag things there: tags say nothing, and alerts of others find what is there by
    its ids alone. Everything else is the connector's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    title: str = Field("", max_length=80)
    team: str = ""
    environment: str = ""
    stretch: float = Field(1.0, ge=0.1, le=100)
    strangers: bool = False

    @property
    def own(self) -> dict[str, Any]:
        """What is the connector's, with its defaults."""
        return {s.name: s.default for s in offered(self.kind)} | dict(self.model_extra or {})


class GatherSettings(BaseModel):
    """``criticals``: critical alerts of what hangs on something that fell are held too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criticals: bool = True


class InventorySettings(BaseModel):
    """Sources by name. ``tags`` say which tags name the team, owner, environment and service;
    ``worker_memory`` in MiB is what the worker process may take before it is begun anew;
    ``events`` in days is how long events are kept, ``series`` how long each measure is.
    ``savings`` is when the weekly card says what could be saved, ``tickets`` the action that a
    finding's ticket is posted to.
    ``inherit`` says that alerts have the team, owner and so on of the resource they are about,
    ``gather`` that the alerts of what hangs on something that fell are held under its incident."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    sources: dict[str, SourceSettings] = {}
    tags: dict[str, tuple[str, ...]] = {}
    actions: dict[str, ResourceActionSettings] = {}
    events: int = Field(14, ge=1, le=90)
    worker_memory: int = Field(1024, ge=128)
    metric_rules: tuple[MetricRuleSettings, ...] = Field((), alias="rules")
    series: int = Field(14, ge=2, le=90)
    costs: CostSettings = CostSettings()
    required_tags: tuple[str, ...] = ()
    savings: str | bool = "mon 09:00"
    tickets: str = ""
    inherit: bool = True
    gather: bool | GatherSettings = GatherSettings()

    @field_validator("savings")
    @classmethod
    def _a_day_and_a_time(cls, value: str | bool) -> str | bool:
        practice.noise_plan(value)
        return value

    @field_validator("tags", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: (v,) if isinstance(v, str) else v for k, v in value.items()}

    @field_validator("tags")
    @classmethod
    def _known_meanings(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in value:
            if name not in TAGS:
                raise ValueError(f"{name}: there are {', '.join(TAGS)}")
        return value

    def rules(self) -> InventoryRules:
        """What verbs and rules need of it."""
        sources = {
            name: SourceRules(one.kind, one.team, one.environment, one.title, one.strangers)
            for name, one in self.sources.items()
        }
        return InventoryRules(
            sources=sources, tags={**TAGS, **self.tags}, required_tags=self.required_tags,
            savings=practice.noise_plan(self.savings), tickets=self.tickets,
            inherit=self.inherit, gather=self.gather is not False,
            gather_criticals=self.gather is True or bool(self.gather and self.gather.criticals),
            metrics=metric_rules_settings.rules_of(self.metric_rules, self.series),
            costs=self.costs.rules(),
        )  # fmt: skip

    def known_actions(self) -> dict[str, Action]:
        """What the connectors of the sources can do."""
        kinds = {one.kind for one in self.sources.values()}
        found = (action for kind in kinds for action in getattr(module_of(kind), "ACTIONS", ()))
        return {action.name: action for action in found}

    def resource_actions(self) -> tuple[Offer, ...]:
        """What can be done to resources here."""
        return tuple(resource_actions.offered(self.known_actions(), self.actions))

    def secrets(self) -> Iterator[str]:
        """The values that nobody may read."""
        for one in self.sources.values():
            given = one.model_extra or {}
            for setting in offered(one.kind):
                value = given.get(setting.name)
                if setting.secret and isinstance(value, str) and value:
                    yield value


def mistakes(
    settings: InventorySettings, known: Definitions, actions: Container[str] = ()
) -> Iterator[tuple[Place, str]]:
    """What can't be right about the sources, each with its place in the file."""
    yield from metric_rules_settings.mistakes(settings.metric_rules)
    if settings.tickets and settings.tickets not in actions:
        yield ("inventory", "tickets"), f"{settings.tickets} is not one of the actions"
    for name, one in settings.sources.items():
        place: Place = ("inventory", "sources", name)
        if not _NAME.fullmatch(name):
            yield place, "name it in lower case letters, digits, - . and _"
        if one.team and one.team not in known.teams:
            yield (*place, "team"), f"there is no team {one.team}"
        if module_of(one.kind) is None:
            yield (*place, "kind"), unknown(one.kind)
            continue
        yield from list(_of_connector(one, place)) or _together(one, place)
    yield from resource_actions.mistakes(settings.known_actions(), settings.actions)


def _of_connector(one: SourceSettings, place: Place) -> Iterator[tuple[Place, str]]:
    settings, given = {s.name: s for s in offered(one.kind)}, one.model_extra or {}
    for key, value in given.items():
        if key not in settings:
            yield (*place, key), _no_such(key, (*settings, *SourceSettings.model_fields))
        elif wrong := _wrong_type(settings[key].default, value):
            yield (*place, key), wrong
    for setting in settings.values():
        if setting.required and given.get(setting.name) in (None, "", [], {}):
            yield place, f"{setting.name} is missing: {setting.help}"


def _together(one: SourceSettings, place: Place) -> Iterator[tuple[Place, str]]:
    """What only the connector knows: settings that need each other, and what they may say."""
    if (error := wrong(one.kind, one.own)) is not None:
        given = error.setting in (one.model_extra or {})
        yield (*place, error.setting) if given else place, str(error)


def _no_such(key: str, there: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, there, 1, 0.6)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"no such setting{hint or '; there are ' + ', '.join(sorted(set(there) - {'kind'}))}"


def _wrong_type(default: Any, value: Any) -> str:
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "write true or false"
    if isinstance(default, (int, float)):
        fine = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if fine else "write a number"
    if isinstance(default, str) and isinstance(value, (list, dict)):
        return "write it as text"
    if isinstance(default, (list, tuple)) and not isinstance(value, (list, tuple, str)):
        return "write it as a list"
    if isinstance(default, dict) and not isinstance(value, dict):
        return "write it as a mapping"
    return ""


def unknown(kind: str) -> str:
    """What to tell a person who names a kind that is not there."""
    meant = MEANT.get(kind.lower()) or next(
        iter(difflib.get_close_matches(kind.lower(), KINDS, 1, 0.6)), ""
    )
    said = f"nothing of the kind {kind[:64]} can be looked at"
    there = [each for each in KINDS if module_of(each) is not None]
    return f"{said}; did you mean {meant}?" if meant else f"{said}; there are {', '.join(there)}"
