"""The status page and what stakeholders may read, as ``pixelview.yaml`` says them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.posting import a_filter
from bot.teams import known_zone
from commands.rules.stakeholders import Voice
from store.model.status import Automatic, Component, StatusPage

_Filter = Annotated[str, BeforeValidator(a_filter)]
_LONGEST = 120


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StakeholderSettings(_Strict):
    """What those who only follow may read: ``names`` of who works on it, and in the house
    ``titles`` of incidents."""

    names: bool = False
    titles: bool = True

    def voice(self) -> Voice:
        """The same as rules take it."""
        return Voice(self.names, self.titles)


def _line(written: str) -> str:
    if not written.isprintable():
        raise ValueError("write one line")
    return written


class AutomaticSettings(_Strict):
    """When a component is published by itself, and with which words."""

    severity: Literal["critical", "error", "warning", "info"] = "critical"
    after: int = Field(5, ge=0, le=24 * 60)
    title: Annotated[str, AfterValidator(_line)] = Field("", max_length=_LONGEST)
    text: str = Field("", max_length=2_000)
    impact: Literal["degraded", "outage"] = "outage"

    def automatic(self) -> Automatic:
        """The same as rules take it."""
        return Automatic(self.severity, self.after, self.title, self.text, self.impact)


class ComponentSettings(_Strict):
    """One part of what people use."""

    match: _Filter = ""
    text: str = Field("", max_length=300)
    publish: AutomaticSettings | None = None

    @model_validator(mode="after")
    def _of_something(self) -> ComponentSettings:
        if self.publish is not None and not self.match.strip():
            raise ValueError("publish needs match: what concerns this part")
        return self

    def component(self, name: str) -> Component:
        """The same as rules take it."""
        publish = self.publish.automatic() if self.publish else None
        return Component(name, self.match, self.text, publish)


class StatusSettings(_Strict):
    """The page under ``/status``; for people who are signed in unless it is ``public``."""

    title: Annotated[str, AfterValidator(_line)] = Field("Status", min_length=1, max_length=80)
    public: bool = False
    text: str = Field("", max_length=500)
    zone: Annotated[str, AfterValidator(known_zone)] = "UTC"
    maintenance: Literal["times", "text", "off"] = "times"
    components: dict[str, ComponentSettings] = {}

    @model_validator(mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        found = value.get("components") if isinstance(value, dict) else None
        for name in found if isinstance(found, dict) else ():
            if not str(name).strip() or "," in str(name) or len(str(name)) > 60:
                raise ValueError(f"components: {name}: a name of up to 60 letters without a comma")
        return value

    def page(self) -> StatusPage:
        """The same as rules take it."""
        parts = tuple(c.component(name) for name, c in self.components.items())
        return StatusPage(self.title, self.public, parts, self.zone, self.text, self.maintenance)
