"""What can be run: actions of StackStorm, signed HTTP requests, actions on resources; one by its
name, whoever runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from commands.rules.approving import Need
from commands.rules.both_ways import RunnerRules
from commands.rules.conditions import Match
from integrations.base import Param
from store.clock import HOUR, Instant

REMOTE, HTTP, RESOURCE = "remote", "http", "resource"
"""Who does it: a runner outside (StackStorm), an address that is posted to, a connector."""


DRY = "dry_run"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be run.

    ``name`` is what people type and what permissions name (``action:<name>``): ``rotate-wal`` of
    the settings, ``kubernetes.restart`` of a connector, ``st2:pg.rotate_wal`` of the runner ``st2``
    without any settings. ``system`` is the runner's name, or the provider a connector speaks to;
    ``ref`` is the action's name there. ``given`` fills parameters in that people may change,
    ``fixed`` those they may not and never see in a form; both are templates (see rules/filling).
    ``match`` says which incidents it is offered for (None: none, it is run by its name only),
    ``kinds`` which resources. ``needs`` are second persons, the first whose ``match`` fits counts.
    ``allow`` are globs that a parameter's value must fit. ``confirm`` is a template of the words
    that must be typed before it is run, ``dangerous`` says what it interrupts. ``dry`` is the
    parameter that makes it a dry run ("" where it has none). ``undo`` names the action that takes
    it back, with the same parameters. ``saves`` are the minutes of a person that it spares;
    ``on_failure`` is ``incident`` where one opens when it fails."""

    name: str
    via: str
    system: str = ""
    ref: str = ""
    title: str = ""
    help: str = ""
    params: tuple[Param, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    match: Match | None = None
    kinds: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    allow: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confirm: str = ""
    dangerous: str = ""
    dry: str = ""
    undo: str = ""
    deadline: Instant = HOUR
    saves: int = 10
    workflow: bool = False
    on_failure: str = ""

    @property
    def can_be_dry(self) -> bool:
        """Whether it can say what it would do."""
        return bool(self.dry) or self.via == RESOURCE

    @property
    def dry_box(self) -> str:
        """What people type, or tick, for a dry run: ``dry_run`` where no parameter does it."""
        return self.dry or (DRY if self.via == RESOURCE else "")


class Catalogue:
    """Every offer by its name: those of the settings, and those runners tell of as they come.
    ``runners`` is what the settings say of each runner beside its actions."""

    def __init__(
        self, own: Iterable[Offer] = (), runners: Mapping[str, RunnerRules] | None = None
    ) -> None:
        self._own = {each.name: each for each in own}
        self._told: dict[str, dict[str, Offer]] = {}
        self._matched: tuple[Offer, ...] | None = None
        self.runners: Mapping[str, RunnerRules] = runners or {}

    @property
    def matched(self) -> tuple[Offer, ...]:
        """Those that are offered for incidents, by name."""
        if self._matched is None:
            fit = (one for one in self if one.match is not None or one.via == RESOURCE)
            self._matched = tuple(fit)
        return self._matched

    def told(self, system: str, offers: Iterable[Offer]) -> None:
        """What a runner has now; those of the settings that stand on its actions come with it (by
        the same name) and count for more than what was known without it."""
        self._told[system] = {each.name: each for each in offers}
        self._matched = None

    def also(self, offer: Offer) -> None:
        """One that came to a runner just now, until it tells of it itself."""
        self._told.setdefault(offer.system, {})[offer.name] = offer
        self._matched = None

    def gone(self, name: str) -> None:
        """One that its runner has no more, before it tells so itself."""
        for offers in self._told.values():
            offers.pop(name, None)
        self._matched = None

    def get(self, name: str) -> Offer | None:
        """One by its name; by ``<runner>:<ref>`` also the only one of the settings that stands on
        it, by its ref alone the only one there is."""
        for offers in self._told.values():
            if name in offers:
                return offers[name]
        if name in self._own:
            return self._own[name]
        remote = [one for one in self if one.via == REMOTE]
        alike = [one for one in remote if name in (one.ref, f"{one.system}:{one.ref}")]
        return alike[0] if len(alike) == 1 else None

    def waits(self, name: str) -> bool:
        """Whether it may be an action of a runner that has not told of any yet."""
        system, colon, _ = name.partition(":")
        return bool(colon) and system in self.runners and system not in self._told

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __iter__(self) -> Iterator[Offer]:
        """All, by name."""
        every = dict(self._own)
        for offers in self._told.values():
            every.update(offers)
        return iter(sorted(every.values(), key=lambda one: one.name))

    def via(self, via: str) -> list[Offer]:
        """Those one of the three ways does."""
        return [each for each in self if each.via == via]
