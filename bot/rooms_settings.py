"""War rooms as ``pixelview.yaml`` says them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.yamlfile import Place
from commands.rules import rooms as rules
from commands.rules.rooms import RoomRule, Rooms
from store.model import Definitions, Severity
from store.model.room import CHANNEL, THREAD

_WHERE = {"channels": CHANNEL, "threads": THREAD}
_KEYS = {"open": "opens"}


class RuleSettings(BaseModel):
    """What one team or route wants otherwise than everybody; what is left out is as usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: Severity | bool | None = None
    name: str | None = None
    where: Literal["channels", "threads"] | None = None
    invite: tuple[str, ...] | None = None
    call: str | None = None
    rhythm: dict[Severity, int] | None = None
    private: bool | None = None
    surfaces: tuple[str, ...] | None = None
    dashboard: str | None = None
    archive_after: float | None = Field(None, ge=0, le=24 * 90)

    @field_validator("open", mode="before")
    @classmethod
    def _from_which(cls, value: Any) -> Any:
        if value is None:
            return None
        if value is False or value in ("off", "never"):
            return False
        if value not in list(Severity):
            known = ", ".join(Severity)
            raise ValueError(f"{value} is none of {known}, or off")
        return Severity(value)

    @field_validator("name", "call", "dashboard")
    @classmethod
    def _a_pattern(cls, value: str | None) -> str | None:
        if value and (wrong := rules.mistake(value)):
            raise ValueError(wrong)
        return value

    @field_validator("call", "dashboard")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value} is not an address that begins with https://")
        return value

    @field_validator("rhythm")
    @classmethod
    def _minutes(cls, value: dict[Severity, int] | None) -> dict[Severity, int] | None:
        for severity, minutes in (value or {}).items():
            if minutes and not 5 <= minutes <= 24 * 60:
                raise ValueError(f"{severity}: {minutes} is not between 5 and 1440 minutes")
        return value

    def given(self) -> dict[str, Any]:
        """What is said here, as the rules take it."""
        said = self.model_dump(exclude_unset=True, exclude={"teams", "routes", "most"})
        found = {_KEYS.get(name, name): value for name, value in said.items() if value is not None}
        if found.get("opens") is False:
            found["opens"] = None
        if "where" in found:
            found["where"] = _WHERE[found["where"]]
        if "archive_after" in found:
            found["archive_after"] = round(found["archive_after"] * 60)
        return found


class RoomSettings(RuleSettings):
    """War rooms of everybody; ``open: critical`` makes one for each critical incident,
    ``archive_after`` is in hours."""

    most: int = Field(10, ge=1, le=200)
    teams: dict[str, RuleSettings] = {}
    routes: dict[str, RuleSettings] = {}

    def rules(self, chats: tuple[str, ...]) -> Rooms:
        """The settings as the verbs take them."""
        usual = self.given()

        def own(each: RuleSettings) -> RoomRule:
            return RoomRule(**{**usual, **each.given()})

        return Rooms(
            RoomRule(**usual),
            {name: own(each) for name, each in self.teams.items()},
            {name: own(each) for name, each in self.routes.items()},
            chats,
            self.most,
        )


def mistakes(
    rooms: RoomSettings, known: Definitions, workspaces: Collection[str] = ()
) -> Iterator[tuple[Place, str]]:
    """Teams, routes, people and chats that are named and not there."""
    chats = tuple(dict.fromkeys(("slack", "discord", *workspaces)))
    routes = [route.name for route in known.routes]
    for team in rooms.teams:
        if team not in known.teams:
            yield ("rooms", "teams", team), f"there is no team {team}"
    for route in rooms.routes:
        if route not in routes:
            yield ("rooms", "routes", route), f"there is no route {route}"
    places: list[tuple[Place, RuleSettings]] = [
        (("rooms",), rooms),
        *((("rooms", "teams", n), each) for n, each in rooms.teams.items()),
        *((("rooms", "routes", n), each) for n, each in rooms.routes.items()),
    ]
    for place, each in places:
        if other := next((chat for chat in each.surfaces or () if chat not in chats), ""):
            yield (*place, "surfaces"), f"{other} is none of the chats: {', '.join(chats)}"
        if one := rules.unknown(each.invite or (), list(known.people), list(known.teams)):
            named = ", ".join(rules.DUTIES)
            yield (*place, "invite"), f"{one} is nobody: a person, team:<name> or one of {named}"
