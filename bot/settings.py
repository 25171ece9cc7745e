"""pixelview.yaml and the environment, typed; the only reader of os.environ."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bot import (
    access_settings,
    action_settings,
    alert_rules,
    asking,
    automation_settings,
    automations_settings,
    channels,
    inventory_settings,
    policies,
    posting,
    practice,
    privacy_settings,
    rooms_settings,
    schedules,
    windows,
    workspaces,
    yamlfile,
)
from bot.access_settings import AccessSettings, RoleSettings
from bot.action_settings import ActionSettings, Runnable
from bot.alert_rules import AlertRuleSettings, FlappingOrNot, FlappingSettings
from bot.asking import PagingSettings
from bot.automation_settings import RunnerSettings
from bot.automations_settings import AutomationSettings
from bot.calendars.settings import CalendarSettings
from bot.inbox.settings import MailIntakeSettings
from bot.inventory_settings import InventorySettings
from bot.keys_settings import BackupSettings, KeySettings
from bot.network_settings import NetworkSettings
from bot.policies import PolicySettings
from bot.posting import ChannelSettings
from bot.practice import DrillSettings, ShadowSettings
from bot.privacy_settings import PrivacySettings
from bot.record import settings as record_settings
from bot.record.settings import AuditSettings
from bot.redacting import RedactSettings
from bot.rooms_settings import RoomSettings
from bot.sensitive_settings import SensitiveSettings
from bot.signin_settings import OidcSettings, SessionSettings, named
from bot.status import StakeholderSettings, StatusSettings
from bot.storm_settings import StormSettings
from bot.teams import PersonSettings, RouteSettings, TeamSettings
from bot.token_settings import LimitSettings, TokenSettings
from bot.windows import WindowSettings
from bot.workspaces import SlackSettings
from bot.yamlfile import BadSettings, mistakes_of
from commands.rules import references
from commands.rules.grouping import Grouping
from store.clock import MINUTE
from store.definitions import Rows, rows_of
from store.model import Definitions, Person, Route, Team

__all__ = ["BadSettings", "Settings", "SlackSettings", "load", "parse"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DiscordSettings(_Strict):
    """Discord: a bot token; base addresses may point elsewhere. ``guild`` is home, the server of
    places without a name; ``guilds`` are servers by names of our own, for ``discord:acme/#ops``."""

    bot_token: str
    api_base: str = "https://discord.com/api/v10"
    gateway_url: str | None = None
    guild: str | None = None
    guilds: dict[str, str] = {}
    cards: Literal["v2", "embed"] = "v2"
    message_content: bool = False
    presence: bool = False
    rooms: Literal["channels", "threads"] = "channels"
    rooms_category: str | None = None
    rooms_in: str | None = None

    @field_validator("guild", "rooms_category", "rooms_in", mode="before")
    @classmethod
    def _id_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value

    @field_validator("guilds", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        """A list of ids is fine as well: each is its own name."""
        if isinstance(value, (list, tuple)):
            value = {each: each for each in value}
        if not isinstance(value, dict):
            return value
        for name, guild in value.items():
            if not str(guild).isdecimal():
                raise ValueError(f"{name}: write the id of the server, a number")
        return {str(name): str(guild) for name, guild in value.items()}

    @model_validator(mode="after")
    def _a_home(self) -> DiscordSettings:
        if self.guild and not self.guild.isdecimal() and self.guild not in self.guilds:
            raise ValueError(f"{self.guild} is no id of a server, and no name in guilds")
        return self

    @property
    def home(self) -> str:
        """The id of the server of places that name none; "" for the only one the bot is in."""
        if self.guild:
            return self.guilds.get(self.guild, self.guild)
        return next(iter(self.guilds.values()), "")


class MailSettings(_Strict):
    """The SMTP server that pages are sent through."""

    host: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    sender: str = "pixelview@localhost"
    ca_file: str | None = None


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
    mail: MailIntakeSettings = MailIntakeSettings()


class OncallSettings(_Strict):
    """How people change the rota; with ``cover_approval`` a lead says yes to who covers a shift."""

    cover_approval: bool = False


class SilenceSettings(_Strict):
    """How long a silence may last, in days."""

    longest: int = Field(30, ge=1, le=365)


class GroupingSettings(_Strict):
    """How alerts become incidents; windows in minutes."""

    group_by: tuple[str, ...] = ("route", "source", "service|resource|namespace|job")
    group_window: int = Field(5, ge=0)
    reopen_window: int = Field(15, ge=0)
    max_alerts: int = Field(500, ge=1, le=500)
    flapping: FlappingOrNot = FlappingSettings()


class Settings(NetworkSettings, _Strict):
    """Everything ``pixelview.yaml`` can say."""

    url: str = "http://127.0.0.1:8080"
    database: str = "sqlite:///pixelview.db"
    key_file: str = "pixelview.key"
    keys: KeySettings = KeySettings()
    backups: BackupSettings | None = None
    slack: SlackSettings | None = None
    discord: DiscordSettings | None = None
    mail: MailSettings | None = None
    intake: IntakeSettings = IntakeSettings()
    grouping: GroupingSettings = GroupingSettings()
    silences: SilenceSettings = SilenceSettings()
    storms: StormSettings | bool = StormSettings()
    paging: PagingSettings = PagingSettings()
    oncall: OncallSettings = OncallSettings()
    actions: dict[str, ActionSettings] = {}
    stackstorm: dict[str, RunnerSettings] = {}
    automations: dict[str, AutomationSettings] = {}
    calendars: CalendarSettings = CalendarSettings()
    shadow: ShadowSettings | bool = False
    drills: tuple[DrillSettings, ...] = ()
    noise_report: str | bool = "mon 09:00"
    maintenance: tuple[WindowSettings, ...] = ()
    rooms: RoomSettings = RoomSettings()
    sensitive: SensitiveSettings = SensitiveSettings()
    audit: AuditSettings = AuditSettings()
    access: AccessSettings = AccessSettings()
    tokens: TokenSettings = TokenSettings()
    sessions: SessionSettings = SessionSettings()
    oidc: dict[str, OidcSettings] = {}
    limits: LimitSettings = LimitSettings()
    roles: dict[str, RoleSettings] = {}
    people: dict[str, PersonSettings] = {}
    teams: dict[str, TeamSettings] = {}
    routes: tuple[RouteSettings, ...] = ()
    rules: tuple[AlertRuleSettings, ...] = ()
    channels: dict[str, ChannelSettings] = {}
    stakeholders: StakeholderSettings = StakeholderSettings()
    status: StatusSettings | None = None
    redact: RedactSettings = RedactSettings()
    inventory: InventorySettings = InventorySettings()
    privacy: PrivacySettings = PrivacySettings()
    policies: dict[str, PolicySettings] = {}
    schedules: dict[str, dict[str, Any]] = {}
    pagers: dict[str, dict[str, Any]] = Field({}, exclude=True)
    key: str | None = Field(None, exclude=True)
    cli_token: str | None = Field(None, exclude=True)

    @field_validator("oidc", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return named(value)

    @field_validator("noise_report")
    @classmethod
    def _a_day_and_a_time(cls, value: str | bool) -> str | bool:
        practice.noise_plan(value)
        return value

    def grouping_rules(self) -> Grouping:
        """The grouping settings as the rules take them."""
        g = self.grouping
        return Grouping(
            g.group_by,
            g.group_window * MINUTE,
            g.reopen_window * MINUTE,
            g.max_alerts,
            alert_rules.flapping_of(g.flapping),
        )

    def runnable(self) -> Runnable:
        """The names of all that can be run."""
        return Runnable(self.actions, self.stackstorm, self.inventory.known_actions())

    def commands(self) -> dict[str, str]:
        """Surface → what its commands begin with."""
        return {name: own.command for name, own in self.slack.each().items()} if self.slack else {}

    def places(self) -> list[tuple[yamlfile.Place, str]]:
        """The channels that routes, rules and policies of the file name, and where they do."""
        routes: list[tuple[yamlfile.Place, str]] = [
            (("routes", i, "channels"), place)
            for i, route in enumerate(self.routes)
            for place in route.channels
        ]
        people: list[tuple[yamlfile.Place, str]] = [
            (("people", handle), via)
            for handle, person in self.people.items()
            for via in (*person.contacts, *(v for vias in person.vias.values() for v in vias))
        ]
        rules = [(("channels", name), name) for name in self.channels]
        return [*routes, *people, *rules] + [
            (("policies", name), target.removeprefix("channel:"))
            for name, policy in self.definitions().policies.items()
            for step in policy.steps
            for target in step.targets
            if target.startswith("channel:")
        ]

    def chats(self) -> tuple[str, ...]:
        """The chats that are configured: ``slack``, ``slack-acme``, ``discord``."""
        slack = tuple(self.slack.each()) if self.slack else ()
        return (*slack, *(("discord",) if self.discord else ()))

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
        people = {h: p.person(h) for h, p in self.people.items()}
        if not people:
            people = {"admin": Person("admin", "Admin", roles=("admin",))}
        teams = {n: t.team(n) for n, t in self.teams.items()}
        if not teams:
            first, *rest = people
            teams = {"ops": Team("ops", tuple(people), first, (rest or [first])[0])}
        channels = tuple(f"{s}:#ops" for s in ("slack", "discord") if getattr(self, s))
        routes = tuple(r.route() for r in self.routes) or (
            Route("default", {}, next(iter(teams)), None, channels),
        )
        return Definitions(
            0,
            people,
            teams,
            routes,
            {n: p.policy(n) for n, p in self.policies.items()},
            {n: schedules.read(n, written) for n, written in self.schedules.items()},
            alert_rules=tuple(r.rule() for r in self.rules),
            channels=tuple(c.rule(n) for n, c in sorted(self.channels.items())),
            roles={n: r.role(n) for n, r in self.roles.items()},
        )


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
    if over["key_file"]:
        found = found.model_copy(update={"keys": found.keys.at_its_file()})
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
        raise file.bad(*mistakes_of(error)) from None
    if wrong := list(schedules.mistakes(settings.schedules, settings.people)):
        raise file.bad(*wrong)
    known = settings.definitions()
    if wrong := [
        *references.dangling(known),
        *policies.mistakes(known),
        *alert_rules.mistakes(settings.rules, settings.intake.sources),
        *posting.mistakes(settings.channels),
        *asking.mistakes(settings.paging, settings.people, settings.runnable(), known),
        *automation_settings.mistakes(settings.stackstorm, known),
        *action_settings.mistakes(
            settings.actions, settings.stackstorm, settings.inventory.known_actions(), known
        ),
        *practice.mistakes(settings.drills, known),
        *windows.mistakes(settings.maintenance, known),
        *rooms_settings.mistakes(settings.rooms, known, settings.chats()),
        *record_settings.mistakes(settings.audit, settings.chats()),
        *workspaces.mistakes(settings.slack, settings.places()),
        *privacy_settings.mistakes(settings.privacy, known),
        *access_settings.mistakes(settings.access, settings.chats(), known),
        *inventory_settings.mistakes(settings.inventory, known, settings.actions),
        *automations_settings.mistakes(settings, known),
    ]:
        raise file.bad(*wrong)
    if wrong := list(channels.mistakes(pagers, settings.people, settings.url)):
        raise file.bad(*wrong)
    return settings


def _plain(pagers: Mapping[str, Any]) -> dict[str, Any]:
    """What is no mapping is named as a mistake later, with all others."""
    return {name: given if isinstance(given, dict) else {} for name, given in pagers.items()}
