"""What a system that runs actions is told, and what of it is told here, as ``pixelview.yaml`` says
it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from bot.approval_settings import globs
from commands.rules.both_ways import EVENTS, RunnerRules

Event = Literal["opened", "acknowledged", "escalated", "resolved", "reopened", "noted", "ran"]


class EventsSettings(BaseModel):
    """``of`` are the events that are told (all of them where nothing is said), of incidents that
    fit ``match``; they are signed with ``secret``. They go to the ``trigger`` there, or to the
    ``webhook``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: tuple[Event, ...] = EVENTS  # type: ignore[assignment]
    match: dict[str, tuple[str, ...]] = {}
    secret: str = ""
    trigger: str = ""
    webhook: str = ""

    _globs = field_validator("match", mode="before")(globs)

    def own(self) -> dict[str, str]:
        """What is the system's."""
        of_it = {"secret": self.secret, "trigger": self.trigger, "webhook": self.webhook}
        return {name: value for name, value in of_it.items() if value}


class BothWaysSettings(BaseModel):
    """``opens`` are globs of actions whose failure opens an incident, ``pack`` is where workflows
    that are made here are kept."""

    events: EventsSettings | None = None
    opens: tuple[str, ...] = ()
    pack: str = "pixelview"

    @field_validator("events", mode="before")
    @classmethod
    def _all(cls, value: Any) -> Any:
        """``events: true`` tells everything, a list those that it names; ``on`` is ``of`` too,
        which readers of YAML take for a yes."""
        if isinstance(value, bool):
            return {} if value else None
        if isinstance(value, Mapping):
            return {"of" if name in (True, "on") else name: each for name, each in value.items()}
        return {"of": value} if isinstance(value, list) else value

    @field_validator("pack")
    @classmethod
    def _named(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]{1,64}", value):
            raise ValueError(f"{value} is no name of a pack: small letters, digits and _")
        return value

    def rules(self) -> RunnerRules:
        """As the rules take it."""
        told = self.events
        if told is None:
            return RunnerRules(opens=self.opens, pack=self.pack)
        return RunnerRules(frozenset(told.of), told.match, self.opens, self.pack)
