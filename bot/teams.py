"""People, teams and routes as ``pixelview.yaml`` says them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from bot.access_settings import Roles, as_lists, pairs_of
from bot.asking import QuietSettings
from bot.workspaces import wrong_place
from commands import holidays
from commands.rules import hours
from commands.rules.oncall.reading import address
from commands.rules.oncall.times import Unreadable
from store.model import Person, Route, Rule, Team

_GROUP = re.compile(r"(?:(?:slack(?:-[a-z0-9_]+)?|discord):)?(?:[\w-]+/)?@?[\w.-]{1,100}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleSettings(_Strict):
    """One notification rule."""

    after: int = Field(0, ge=0, le=9000)
    via: str = Field(min_length=1)


def _hours(written: Any) -> Any:
    """Working hours, as a step says them; read once here, so that a mistake has its place."""
    if written is None:
        return None
    try:
        if "when" in written:
            raise Unreadable("no such setting", "when")
        found = hours.read(written, "UTC", "hours")
        if found.observes and (bad := holidays.unknown(found.observes)):
            raise Unreadable(bad[1], "holidays")
    except Unreadable as error:
        place = error.where.removeprefix("hours").strip(".")
        raise ValueError(f"{place}: {error.error}" if place else error.error) from None
    return written


def known_zone(name: str) -> str:
    """The name of a time zone; ValueError where there is none of that name."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name} is no time zone like Europe/Berlin") from None
    return name


def _address(written: str) -> str:
    try:
        return address(written, "away")
    except Unreadable as error:
        raise ValueError(error.error) from None


class PersonSettings(_Strict):
    """One person; ``away`` are addresses of iCal calendars of their time off, in ``quiet`` hours
    pages are held. ``roles`` hold everywhere, or by team: ``{db: [editor], everywhere:
    [viewer]}``."""

    name: str = Field(min_length=1, max_length=100)
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")
    zone: str = "UTC"
    slack: str | None = None
    discord: str | None = None
    phone: str | None = Field(None, pattern=r"^\+[1-9]\d{6,14}$")
    contacts: dict[str, str] = {}
    roles: Roles = ("responder",)
    rules: tuple[RuleSettings, ...] = ()
    important: tuple[RuleSettings, ...] = ()
    hours: Annotated[Any, AfterValidator(_hours)] = None
    away: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    quiet: tuple[QuietSettings, ...] = ()
    told_when_over: bool = True

    @field_validator("quiet", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @field_validator("roles", mode="before")
    @classmethod
    def _lists_of_roles(cls, value: Any) -> Any:
        return as_lists(value)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("discord", mode="before")
    @classmethod
    def _id_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @field_validator("phone", mode="before")
    @classmethod
    def _digits_alone(cls, value: Any) -> Any:
        """``+49 171 123-45 67`` as +491711234567; a number that lost its + can't be told."""
        return re.sub(r"[\s()./-]", "", value) if isinstance(value, str) else value

    @field_validator("contacts", mode="before")
    @classmethod
    def _ids_as_text(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: str(v) if isinstance(v, int) else v for k, v in value.items()}

    @property
    def vias(self) -> dict[str, tuple[str, ...]]:
        """The channels of its rules."""
        both = {"rules": self.rules, "important": self.important}
        return {name: tuple(rule.via for rule in rules) for name, rules in both.items()}

    def reached_by(self) -> dict[str, str]:
        """Channel → address; the phone is for SMS and calls unless contacts say otherwise."""
        chats = {via: v for via in ("slack", "discord") if (v := getattr(self, via))}
        phone = dict.fromkeys(("sms", "voice"), self.phone) if self.phone else {}
        return {**chats, **phone, **self.contacts}

    def person(self, handle: str) -> Person:
        """The person of the definitions."""
        rules = tuple(Rule(r.after, r.via) for r in self.rules)
        important = tuple(Rule(r.after, r.via) for r in self.important)
        reached, roles = self.reached_by(), pairs_of(self.roles)
        return Person(
            handle,
            self.name,
            self.zone,
            self.email,
            tuple(role for team, role in roles if not team),
            reached,
            rules,
            important,
            hours.read(self.hours, self.zone, "hours") if self.hours else None,
            self.away,
            tuple(q.quiet() for q in self.quiet),
            self.told_when_over,
            tuple(pair for pair in roles if pair[0]),
        )


class TeamSettings(_Strict):
    """One team; ``lead`` is a person's handle, and so are ``oncall``, ``manager`` and each of
    ``duties``, or they are ``schedule:<name>``. ``zone`` is for hours of steps that name none,
    ``usergroup`` follows whoever is on call."""

    members: tuple[str, ...] = ()
    oncall: str | None = None
    lead: str | None = None
    manager: str | None = None
    duties: dict[str, str] = {}
    zone: str | None = None
    usergroup: tuple[str, ...] = ()

    @field_validator("usergroup", mode="before")
    @classmethod
    def _groups(cls, value: Any) -> Any:
        groups = (value,) if isinstance(value, str) else tuple(value or ())
        for group in groups:
            if not _GROUP.fullmatch(str(group)):
                raise ValueError(
                    f"{group}: write @oncall-db, or slack:@oncall-db or discord:@oncall-db"
                )
        return groups

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    def team(self, name: str) -> Team:
        """The team of the definitions."""
        return Team(
            name,
            self.members,
            self.oncall,
            self.lead,
            self.manager,
            self.duties,
            self.zone,
            self.usergroup,
        )


class RouteSettings(_Strict):
    """One route; the first that matches takes the alert."""

    name: str = Field(min_length=1)
    match: dict[str, str | tuple[str, ...]] = {}
    team: str | None = None
    policy: str | None = None
    channels: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None
    group_window: int | None = Field(None, ge=0, le=1440)
    private: bool = False

    @field_validator("channels")
    @classmethod
    def _known_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place in value:
            if wrong := wrong_place(place):
                raise ValueError(wrong)
        return value

    def route(self) -> Route:
        """The route of the definitions."""
        match = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in self.match.items()}
        return Route(
            self.name,
            match,
            self.team,
            self.policy,
            self.channels,
            self.group_by,
            self.group_window,
            self.private,
        )
