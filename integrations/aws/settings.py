"""What can be set of AWS, and the settings as the connector works with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.base import Misconfigured, Setting

INVENTORY = (
    Setting("profile", "A profile of ~/.aws/config to sign in with."),
    Setting(
        "access_key",
        "An access key, where no profile, environment, instance or pod gives credentials.",
    ),
    Setting("secret_key", "Its secret.", secret=True),
    Setting("session_token", "The token of temporary credentials.", secret=True),
    Setting("role_arn", "The role to assume in the account, where no accounts are listed."),
    Setting("external_id", "The external id that the roles ask for.", secret=True),
    Setting(
        "accounts", "Several accounts: a list of {id, role_arn, external_id, name}; without it one."
    ),
    Setting(
        "organization_role",
        "The name of a role that all accounts of the organization have: its accounts are found "
        "by AWS Organizations, and looked at with it.",
    ),
    Setting("exclude_accounts", "Accounts of the organization that are left out, by id."),
    Setting("regions", "The regions to look at; all that are enabled where it is empty."),
    Setting(
        "region", "The region to sign in by, and for what is global.", default="us-east-1"
    ),
    Setting("endpoint_url", "The address of every service, instead of AWS's own."),
    Setting("ca_file", "The authority that signed the endpoint's certificate, as a PEM file."),
    Setting("connect_timeout", "Seconds to wait for a connection.", default=5),
    Setting("read_timeout", "Seconds to wait for an answer.", default=30),
    Setting("rate", "Most calls a second to one service of one account.", default=10),
    Setting("threads", "Calls under way at a time.", default=4),
    Setting("every", "Seconds between two looks at servers, balancers and alarms.", default=60),
    Setting(
        "metrics_every",
        "Seconds between two looks at CloudWatch metrics, which cost one dollar per 100,000; "
        "0 asks for none.",
        default=300,
    ),
    Setting("cost_every", "Hours between two looks at the cost; 0 asks for none.", default=12),
    Setting("cost_days", "Days of cost that are read at first.", default=60),
    Setting("cost_tag", "The tag that says whose cost it is; it must be active for cost."),
    Setting(
        "linked_costs",
        "true reads the cost of all linked accounts at the paying account, listed here or not.",
        default=False,
    ),
    Setting("findings_every", "Hours between two looks for savings; 0 looks for none.", default=12),
    Setting("idle_days", "Days of metrics by which something is idle or too large.", default=14),
    Setting("idle_cpu", "A server that was never above so many percent of CPU is idle.", default=5),
    Setting(
        "oversized_cpu",
        "A server that was below so many percent of CPU in 95 % of all hours is too large.",
        default=20,
    ),
    Setting("snapshot_days", "Days after which a snapshot of a deleted volume is old.", default=90),
    Setting("pricing_api", "Ask the Price List API for the prices of servers.", default=True),
    Setting("alarm_severity", "The severity of CloudWatch alarms.", default="error"),
    Setting(
        "alarm_severities",
        "Severities by name of the alarm: {pattern with *: severity}; a tag severity goes first.",
    ),
    Setting("certificate_days", "Days before its end that a certificate is warned of.", default=30),
    Setting("dead_letters", "Messages in a dead letter queue are a fault.", default=True),
    Setting("trail", "Read CloudTrail: who changed what.", default=True),
    Setting("skip", "Areas that are not looked at, such as stacks or snapshots."),
)  # fmt: skip

_DEFAULTS = {each.name: each.default for each in INVENTORY}
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d{1,2}")
_SEVERITIES = ("critical", "error", "warning", "info")
_RANGES = {
    "connect_timeout": (0.1, 60), "read_timeout": (0.5, 300), "rate": (0.1, 1000),
    "threads": (1, 32), "every": (1, 86_400), "metrics_every": (0, 86_400), "cost_every": (0, 720),
    "cost_days": (1, 365), "findings_every": (0, 720), "idle_days": (1, 60), "idle_cpu": (0, 100),
    "oversized_cpu": (0, 100), "snapshot_days": (1, 3650), "certificate_days": (1, 365),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One account and the role to look at it with; without an id it is the one signed in to."""

    id: str = ""
    role_arn: str = ""
    external_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The settings of one source."""

    name: str
    keys: tuple[str, str, str]
    profile: str
    accounts: tuple[AccountSettings, ...]
    organization_role: str
    external_id: str
    exclude: frozenset[str]
    regions: tuple[str, ...]
    region: str
    endpoint_url: str
    ca_file: str
    numbers: Mapping[str, float]
    flags: Mapping[str, bool]
    cost_tag: str
    alarm_severity: str
    alarm_severities: Mapping[str, str]
    skip: frozenset[str]

    def number(self, name: str) -> float:
        """A setting that is a number."""
        return self.numbers[name]


def source(name: str, settings: Mapping[str, Any]) -> Source:
    """The settings, looked through; Misconfigured says which one is wrong."""
    unknown = sorted(set(settings) - set(_DEFAULTS))
    if unknown:
        raise Misconfigured(f"there is no setting {unknown[0]}", unknown[0])
    keys = (_text(settings, "access_key"), _text(settings, "secret_key"),
            _text(settings, "session_token"))  # fmt: skip
    if bool(keys[0]) != bool(keys[1]):
        missing = "secret_key" if keys[0] else "access_key"
        raise Misconfigured("access_key and secret_key go together", missing)
    regions = words(settings.get("regions"))
    for region in (*regions, _text(settings, "region")):
        if not _REGION.fullmatch(region):
            raise Misconfigured(f"{region[:40]} is not a region", "regions")
    return Source(
        name=name,
        keys=keys,
        profile=_text(settings, "profile"),
        accounts=_accounts(settings),
        organization_role=_text(settings, "organization_role"),
        external_id=_text(settings, "external_id"),
        exclude=frozenset(words(settings.get("exclude_accounts"))),
        regions=tuple(dict.fromkeys(regions)),
        region=_text(settings, "region"),
        endpoint_url=_address(settings),
        ca_file=_text(settings, "ca_file"),
        numbers={each: _number(settings, each) for each in _RANGES},
        flags={n: _flag(settings, n) for n, v in _DEFAULTS.items() if isinstance(v, bool)},
        cost_tag=_text(settings, "cost_tag"),
        alarm_severity=_severity(_text(settings, "alarm_severity"), "alarm_severity"),
        alarm_severities=_severities(settings.get("alarm_severities")),
        skip=frozenset(words(settings.get("skip"))),
    )


def _accounts(settings: Mapping[str, Any]) -> tuple[AccountSettings, ...]:
    listed = settings.get("accounts") or ()
    shared = _text(settings, "external_id")
    if isinstance(listed, str) or not isinstance(listed, (list, tuple)):
        raise Misconfigured("accounts is a list of {id, role_arn}", "accounts")
    if not listed:
        return (AccountSettings(role_arn=_text(settings, "role_arn"), external_id=shared),)
    found: dict[str, AccountSettings] = {}
    for each in listed:
        one = _account(each if isinstance(each, Mapping) else {"id": each}, shared)
        if one.id in found:
            raise Misconfigured(f"account {one.id} is listed twice", "accounts")
        found[one.id] = one
    return tuple(found.values())


def _account(given: Mapping[str, Any], external_id: str) -> AccountSettings:
    role = _text(given, "role_arn")
    said = _text(given, "id")
    ident = (said.zfill(12) if said.isdigit() else said) or (role.split(":") + [""] * 5)[4]
    if not _ACCOUNT.fullmatch(ident):
        raise Misconfigured(f"{ident[:40]!r} is not an account's 12 digits", "accounts")
    return AccountSettings(
        ident, role, _text(given, "external_id") or external_id, _text(given, "name")
    )


def _severities(given: Any) -> dict[str, str]:
    if given in (None, ""):
        return {}
    if not isinstance(given, Mapping):
        raise Misconfigured("alarm_severities is {pattern: severity}", "alarm_severities")
    return {str(k): _severity(str(v), "alarm_severities") for k, v in given.items()}


def _severity(said: str, setting: str) -> str:
    if said.lower() not in _SEVERITIES:
        raise Misconfigured(f"{said[:40]} is not one of {', '.join(_SEVERITIES)}", setting)
    return said.lower()


def _address(settings: Mapping[str, Any]) -> str:
    found = _text(settings, "endpoint_url")
    if found and not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", found):
        raise Misconfigured("endpoint_url is an http(s) address", "endpoint_url")
    return found.rstrip("/")


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    value = _DEFAULTS.get(name) if value is None else value
    return "" if value is None else str(value).strip()


def words(value: Any) -> tuple[str, ...]:
    """A list, or the words of a text."""
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    return tuple(str(each) for each in value or ())


def _flag(settings: Mapping[str, Any], name: str) -> bool:
    said = _text(settings, name).lower()
    if said not in ("true", "false", "yes", "no", "on", "off"):
        raise Misconfigured(f"{said[:40]} is neither true nor false", name)
    return said in ("true", "yes", "on")


def _number(settings: Mapping[str, Any], name: str) -> float:
    said, (low, high) = _text(settings, name) or str(_DEFAULTS[name]), _RANGES[name]
    try:
        found = float(said)
    except ValueError:
        raise Misconfigured(f"{said[:40]} is not a number", name) from None
    if not low <= found <= high:
        raise Misconfigured(f"{said} is not between {low} and {high}", name)
    return found
