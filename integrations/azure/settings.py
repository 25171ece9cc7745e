"""What a source of kind azure may say, and the addresses of Azure's clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations._cloud import fields
from integrations.base import Misconfigured, Setting

INVENTORY = (
    Setting("tenant", "Directory (tenant) id; not needed with managed_identity"),
    Setting("client_id", "Application (client) id; with managed_identity that of a user-assigned"),
    Setting("client_secret", "Secret of the application", secret=True),
    Setting("certificate_file", "PEM with certificate and private key, instead of a secret"),
    Setting("certificate_password", "Pass phrase of that key", secret=True),
    Setting("federated_token_file", "Token of a workload identity, read afresh each time"),
    Setting("managed_identity", "Sign in as the machine this runs on", default=False),
    Setting("identity_endpoint", "IDENTITY_ENDPOINT of App Service and Container Apps"),
    Setting("identity_header", "IDENTITY_HEADER of the same", secret=True),
    Setting("subscriptions", "Ids to look at; without any, all that can be seen", default=()),
    Setting("management_groups", "Look at the subscriptions below these", default=()),
    Setting("cloud", "public, usgov or china", default="public"),
    Setting("login_url", "Where tokens are asked for, instead of the cloud's own"),
    Setting("management_url", "Azure Resource Manager, instead of the cloud's own"),
    Setting("metrics_url", "Azure Monitor's batch of metrics; {region} stands for the region"),
    Setting("imds_url", "Where a machine asks for its identity", default="http://169.254.169.254"),
    Setting("metrics", "Whether measures are asked for", default=True),
    Setting("changes", "Whether changes and who made them are asked for", default=True),
    Setting("cost", "Whether spend is asked for", default=True),
    Setting("cost_detail", "Spend by resource or by service and region", default="resource"),
    Setting("recommendations", "Whether Advisor is asked", default=True),
    Setting("quotas", "Whether usage against quota is asked for", default=True),
    Setting("quota_warning", "Percent of a quota from which it is a fault", default=90),
    Setting("old_snapshot_days", "From when on a snapshot is old", default=90),
    Setting("certificate_days", "How long before its end a certificate is a fault", default=21),
    Setting("prices", "Price of a month by what it is of, beside ours", default={}),
    Setting("prices_day", "The day of those prices", default=""),
    Setting("ca_file", "Certificates to trust instead of the public ones"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Azure's worlds: its addresses, and what tokens are for."""

    login: str
    management: str
    metrics: str
    metrics_audience: str
    portal: str

    @property
    def audience(self) -> str:
        """What a token for the resource manager is for."""
        return self.management


_CLOUDS = {
    "public": Cloud(
        "https://login.microsoftonline.com", "https://management.azure.com",
        "https://{region}.metrics.monitor.azure.com", "https://metrics.monitor.azure.com",
        "https://portal.azure.com",
    ),
    "usgov": Cloud(
        "https://login.microsoftonline.us", "https://management.usgovcloudapi.net",
        "https://{region}.metrics.monitor.azure.us", "https://metrics.monitor.azure.us",
        "https://portal.azure.us",
    ),
    "china": Cloud(
        "https://login.partner.microsoftonline.cn", "https://management.chinacloudapi.cn",
        "https://{region}.metrics.monitor.azure.cn", "https://metrics.monitor.azure.cn",
        "https://portal.azure.cn",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """One source's settings, read."""

    cloud: Cloud
    login_url: str
    management_url: str
    metrics_url: str
    imds_url: str
    tenant: str = ""
    client_id: str = ""
    client_secret: str = ""
    certificate_file: str = ""
    certificate_password: str = ""
    federated_token_file: str = ""
    managed_identity: bool = False
    identity_endpoint: str = ""
    identity_header: str = ""
    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    cost_detail: str = "resource"
    quota_warning: float = 90.0
    old_snapshot_days: float = 90.0
    certificate_days: float = 21.0
    prices: Mapping[str, float] = field(default_factory=dict)
    prices_day: str = ""
    ca_file: str = ""


PARTS = ("metrics", "changes", "cost", "recommendations", "quotas")
_TEXTS = (
    "tenant", "client_id", "client_secret", "certificate_file", "certificate_password",
    "federated_token_file", "identity_endpoint", "identity_header", "prices_day", "ca_file",
)  # fmt: skip


def read(given: Mapping[str, Any]) -> Settings:
    """The settings of a source; Misconfigured names the one that is wrong."""
    said = {each.name: each.default for each in INVENTORY}
    said |= {name: value for name, value in given.items() if value is not None}
    name = fields.text(said["cloud"]) or "public"
    if name not in _CLOUDS:
        raise Misconfigured(f"cloud is one of {', '.join(_CLOUDS)}", "cloud")
    cloud = _CLOUDS[name]
    found = Settings(
        cloud=cloud,
        login_url=_address(said, "login_url", cloud.login),
        management_url=_address(said, "management_url", cloud.management),
        metrics_url=_metrics_url(said, cloud),
        imds_url=_address(said, "imds_url", "http://169.254.169.254"),
        managed_identity=bool(said["managed_identity"]),
        subscriptions=tuple(each.lower() for each in fields.words(said["subscriptions"])),
        management_groups=fields.words(said["management_groups"]),
        wanted=frozenset(each for each in PARTS if said[each]),
        cost_detail=fields.text(said["cost_detail"]),
        quota_warning=_number(said, "quota_warning"),
        old_snapshot_days=_number(said, "old_snapshot_days"),
        certificate_days=_number(said, "certificate_days"),
        prices=_prices(said["prices"]),
        **{each: fields.text(said[each]) for each in _TEXTS},
    )
    _can_sign_in(found)
    return found


def _metrics_url(said: Mapping[str, Any], cloud: Cloud) -> str:
    """The cloud's own beside the cloud's own resource manager; beside another one none."""
    if said["metrics_url"] or not said["management_url"]:
        return _address(said, "metrics_url", cloud.metrics)
    return ""


def _can_sign_in(found: Settings) -> None:
    if found.managed_identity or found.identity_endpoint:
        return
    if not found.tenant:
        raise Misconfigured("tenant is missing", "tenant")
    if not found.client_id:
        raise Misconfigured("client_id is missing", "client_id")
    if not (found.client_secret or found.certificate_file or found.federated_token_file):
        said = "client_secret, certificate_file, federated_token_file or managed_identity is needed"
        raise Misconfigured(said, "client_secret")


def _address(said: Mapping[str, Any], name: str, default: str) -> str:
    found = (fields.text(said.get(name)) or default).rstrip("/")
    if not found.startswith(("https://", "http://")):
        raise Misconfigured(f"{name} is no address", name)
    return found


def _number(said: Mapping[str, Any], name: str) -> float:
    found = fields.number(said[name])
    if found is None or found <= 0:
        raise Misconfigured(f"{name} is a number above 0", name)
    return found


def _prices(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise Misconfigured("prices is a mapping of names to numbers", "prices")
    read_ = {fields.text(name).lower(): fields.number(price) for name, price in given.items()}
    if wrong := next((name for name, price in read_.items() if price is None), None):
        raise Misconfigured(f"prices.{wrong} is no number", "prices")
    return {name: price for name, price in read_.items() if price is not None}
