"""pixelview.yaml and the environment, typed; the only reader of os.environ."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bot import channels, policies, schedules, yamlfile
from bot.policies import PagingSettings, PolicySettings
from bot.yamlfile import BadSettings, Place
from commands.rules import references
from commands.rules.grouping import Grouping
from store.clock import MINUTE
from store.definitions import Rows, rows_of
from store.model import Definitions, Person, Route, Rule, Team

__all__ = ["BadSettings", "Settings", "load", "parse"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RuleSettings(_Strict):
    """One notification rule."""

    after: int = Field(0, ge=0, le=9000)
    via: str = Field(min_length=1)


class PersonSettings(_Strict):
    """One person."""

    name: str = Field(min_length=1, max_length=100)
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")
    zone: str = "UTC"
    slack: str | None = None
    discord: str | None = None
    phone: str | None = Field(None, pattern=r"^\+[1-9]\d{6,14}$")
    contacts: dict[str, str] = {}
    roles: tuple[Literal["viewer", "responder", "editor", "admin", "auditor"], ...] = ("responder",)
    rules: tuple[RuleSettings, ...] = ()
    important: tuple[RuleSettings, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value} is not an IANA time zone such as Europe/Berlin") from None
        return value

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


class TeamSettings(_Strict):
    """One team; ``lead`` is a person's handle, ``oncall`` too, or ``schedule:<name>``."""

    members: tuple[str, ...] = ()
    oncall: str | None = None
    lead: str | None = None


class RouteSettings(_Strict):
    """One route; the first that matches takes the alert."""

    name: str = Field(min_length=1)
    match: dict[str, str | tuple[str, ...]] = {}
    team: str | None = None
    policy: str | None = None
    channels: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None

    @field_validator("channels")
    @classmethod
    def _known_places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place in value:
            if place.split(":", 1)[0] not in ("slack", "discord") or ":" not in place:
                raise ValueError(f"{place}: write slack:#channel or discord:#channel")
        return value


class SlackSettings(_Strict):
    """Slack: a bot token with an app token (Socket Mode) or a signing secret (HTTP)."""

    bot_token: str
    app_token: str | None = None
    signing_secret: str | None = None
    base_url: str = "https://slack.com/api/"
    command: str = "/pv"


class DiscordSettings(_Strict):
    """Discord: a bot token; base addresses may point elsewhere."""

    bot_token: str
    api_base: str = "https://discord.com/api/v10"
    gateway_url: str | None = None
    guild: str | None = None
    cards: Literal["v2", "embed"] = "v2"
    message_content: bool = False

    @field_validator("guild", mode="before")
    @classmethod
    def _id_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value


class MailSettings(_Strict):
    """The SMTP server that pages are sent through."""

    host: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    sender: str = "pixelview@localhost"


class IntakeSettings(_Strict):
    """Limits of the intake, and settings per named source (mapping for ``webhook``)."""

    max_body: int = Field(1 << 20, ge=1024)
    indexed_labels: tuple[str, ...] = (
        "service",
        "host",
        "instance",
        "namespace",
        "cluster",
        "team",
        "job",
        "alertname",
    )
    sources: dict[str, dict[str, Any]] = {}


class GroupingSettings(_Strict):
    """How alerts become incidents; windows in minutes."""

    group_by: tuple[str, ...] = ("route", "source", "service|resource|namespace|job")
    group_window: int = Field(5, ge=0)
    reopen_window: int = Field(15, ge=0)
    max_alerts: int = Field(500, ge=1, le=500)


class Settings(_Strict):
    """Everything ``pixelview.yaml`` can say."""

    url: str = "http://127.0.0.1:8080"
    database: str = "sqlite:///pixelview.db"
    key_file: str = "pixelview.key"
    slack: SlackSettings | None = None
    discord: DiscordSettings | None = None
    mail: MailSettings | None = None
    intake: IntakeSettings = IntakeSettings()
    grouping: GroupingSettings = GroupingSettings()
    paging: PagingSettings = PagingSettings()
    people: dict[str, PersonSettings] = {}
    teams: dict[str, TeamSettings] = {}
    routes: tuple[RouteSettings, ...] = ()
    policies: dict[str, PolicySettings] = {}
    schedules: dict[str, dict[str, Any]] = {}
    pagers: dict[str, dict[str, Any]] = Field({}, exclude=True)
    key: str | None = Field(None, exclude=True)
    cli_token: str | None = Field(None, exclude=True)

    def grouping_rules(self) -> Grouping:
        """The grouping settings as the rules take them."""
        g = self.grouping
        return Grouping(g.group_by, g.group_window * MINUTE, g.reopen_window * MINUTE, g.max_alerts)

    def found_by_email(self) -> frozenset[str]:
        """The chats that find a person's account by the e-mail address; Discord tells bots none."""
        return frozenset(("slack",) if self.slack else ())

    def stand_in(self) -> frozenset[tuple[str, str]]:
        """Those of the definitions that stand in for what the file leaves out."""
        left_out = []
        if not self.people:
            left_out.append(("person", "admin"))
        if not self.teams:
            left_out.append(("team", "ops"))
        if not self.routes:
            left_out.append(("route", "default"))
        return frozenset(left_out)

    def rows(self) -> Rows:
        """The definitions that the file itself makes, as rows."""
        rows = rows_of(self.definitions())
        return {key: row for key, row in rows.items() if key not in self.stand_in()}

    def definitions(self) -> Definitions:
        """What the file defines; without any people, an admin and a team ops."""
        people = {h: _person(h, p) for h, p in self.people.items()}
        if not people:
            people = {"admin": Person("admin", "Admin", roles=("admin",))}
        teams = {n: Team(n, t.members, t.oncall, t.lead) for n, t in self.teams.items()}
        if not teams:
            first, *rest = people
            teams = {"ops": Team("ops", tuple(people), first, (rest or [first])[0])}
        channels = tuple(f"{s}:#ops" for s in ("slack", "discord") if getattr(self, s))
        routes = tuple(_route(r) for r in self.routes) or (
            Route("default", {}, next(iter(teams)), None, channels),
        )
        return Definitions(
            0,
            people,
            teams,
            routes,
            {n: p.policy(n) for n, p in self.policies.items()},
            {n: schedules.read(n, written) for n, written in self.schedules.items()},
        )


def _person(handle: str, p: PersonSettings) -> Person:
    rules = tuple(Rule(r.after, r.via) for r in p.rules)
    important = tuple(Rule(r.after, r.via) for r in p.important)
    return Person(handle, p.name, p.zone, p.email, p.roles, p.reached_by(), rules, important)


def _route(r: RouteSettings) -> Route:
    match = {k: (v,) if isinstance(v, str) else tuple(v) for k, v in r.match.items()}
    return Route(r.name, match, r.team, r.policy, r.channels, r.group_by)


def load(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a file (default: ``PIXELVIEW_CONFIG``, else ``pixelview.yaml`` if there is
    one) with the environment over them; BadSettings names file, line, place and mistake."""
    env = os.environ if environ is None else environ
    chosen = path or (Path(env["PIXELVIEW_CONFIG"]) if env.get("PIXELVIEW_CONFIG") else None)
    if chosen is None and Path("pixelview.yaml").exists():
        chosen = Path("pixelview.yaml")
    text = _read(chosen) if chosen else ""
    found = parse(text, str(chosen or "pixelview.yaml"), env)
    over = {
        "database": env.get("PIXELVIEW_DATABASE_URL"),
        "url": env.get("PIXELVIEW_URL"),
        "key": env.get("PIXELVIEW_KEY"),
        "key_file": env.get("PIXELVIEW_KEY_FILE"),
        "cli_token": env.get("PIXELVIEW_TOKEN"),
    }
    return found.model_copy(update={k: v for k, v in over.items() if v})


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{path}: this is not UTF-8 text") from None


def parse(text: str, name: str, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings a YAML text says; ``${NAME}`` in a value is a variable of ``environ``."""
    file = yamlfile.read(text, name, environ or {})
    if "pagers" in file.values:
        raise file.bad((("pagers",), "no such setting"))
    values, pagers = channels.split(file.values, Settings.model_fields)
    try:
        settings = Settings.model_validate({**values, "pagers": _plain(pagers)})
    except ValidationError as error:
        raise file.bad(*_mistakes(error)) from None
    if wrong := list(schedules.mistakes(settings.schedules, settings.people)):
        raise file.bad(*wrong)
    known = settings.definitions()
    if wrong := [*references.dangling(known), *policies.mistakes(known)]:
        raise file.bad(*wrong)
    if wrong := list(channels.mistakes(pagers, settings.people, settings.url)):
        raise file.bad(*wrong)
    return settings


def _plain(pagers: Mapping[str, Any]) -> dict[str, Any]:
    """What is no mapping is named as a mistake later, with all others."""
    return {name: given if isinstance(given, dict) else {} for name, given in pagers.items()}


def _mistakes(error: ValidationError) -> Iterator[tuple[Place, str]]:
    for one in error.errors():
        what = one["msg"].removeprefix("Value error, ")
        yield one["loc"], "no such setting" if one["type"] == "extra_forbidden" else what
