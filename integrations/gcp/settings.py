"""What a source of kind gcp may say, and the addresses of Google's APIs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from integrations._cloud import fields
from integrations.base import Misconfigured, Setting

INVENTORY = (
    Setting("credentials_file", "Key of a service account, or what gcloud and federation write"),
    Setting("credentials", "The same as text", secret=True),
    Setting("metadata", "Sign in as the machine this runs on", default=False),
    Setting("impersonate", "Address of a service account to act as"),
    Setting("scopes", "organizations/…, folders/…: look at all projects below", default=()),
    Setting("projects", "Ids to look at; without any, all that can be seen", default=()),
    Setting("quota_project", "Project whose quota the requests count for"),
    Setting("assets", "Whether Cloud Asset Inventory is asked", default=True),
    Setting("metrics", "Whether measures are asked for", default=True),
    Setting("activity", "Whether the audit log is asked who changed what", default=True),
    Setting("recommendations", "Whether Recommender is asked", default=True),
    Setting("quotas", "Whether usage against quota is asked for", default=True),
    Setting("service_health", "Whether Google's own outages are asked for", default=True),
    Setting("quota_warning", "Percent of a quota from which it is a fault", default=90),
    Setting("billing_table", "BigQuery table of the billing export: project.dataset.table"),
    Setting("billing_project", "Project that pays for its queries; that of the table without"),
    Setting("billing_location", "Location of its dataset, such as EU"),
    Setting("cost_labels", "Labels that spend is told apart by",
            default=("team", "owner", "environment", "env", "service")),
    Setting("old_snapshot_days", "From when on a snapshot is old", default=90),
    Setting("certificate_days", "How long before its end a certificate is a fault", default=21),
    Setting("prices", "Price of a month by what it is of, beside ours", default={}),
    Setting("prices_day", "The day of those prices", default=""),
    Setting("oauth_url", "Where tokens are asked for, instead of what the key says"),
    Setting("metadata_url", "Where a machine asks for its identity",
            default="http://169.254.169.254"),
    Setting("base_urls", "Addresses of single APIs, or of all: {asset: https://…, all: …}",
            default={}),
    Setting("ca_file", "Certificates to trust instead of the public ones"),
)  # fmt: skip

APIS: Mapping[str, str] = MappingProxyType({
    "asset": "https://cloudasset.googleapis.com", "compute": "https://compute.googleapis.com",
    "monitoring": "https://monitoring.googleapis.com",
    "recommender": "https://recommender.googleapis.com",
    "bigquery": "https://bigquery.googleapis.com", "sql": "https://sqladmin.googleapis.com",
    "container": "https://container.googleapis.com", "logging": "https://logging.googleapis.com",
    "servicehealth": "https://servicehealth.googleapis.com",
    "resourcemanager": "https://cloudresourcemanager.googleapis.com",
    "iamcredentials": "https://iamcredentials.googleapis.com",
})  # fmt: skip
_CALLED = {"cloudasset": "asset", "sqladmin": "sql", "cloudresourcemanager": "resourcemanager"}
PARTS = ("metrics", "activity", "recommendations", "quotas", "service_health")
_TEXTS = ("credentials_file", "credentials", "impersonate", "quota_project", "billing_table",
          "billing_project", "billing_location", "oauth_url", "prices_day",
          "ca_file")  # fmt: skip
_TABLE = re.compile(r"[a-z0-9.:-]+\.[A-Za-z0-9_]+\.[A-Za-z0-9_$*-]+")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_SCOPE = re.compile(r"(?:organizations|folders)/[0-9]+|projects/[a-z0-9.:-]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """One source's settings, read."""

    urls: Mapping[str, str]
    metadata_url: str
    metadata: bool = False
    credentials_file: str = ""
    credentials: str = ""
    impersonate: str = ""
    scopes: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    quota_project: str = ""
    assets: bool = True
    wanted: frozenset[str] = frozenset()
    quota_warning: float = 90.0
    billing_table: str = ""
    billing_project: str = ""
    billing_location: str = ""
    cost_labels: tuple[str, ...] = ()
    old_snapshot_days: float = 90.0
    certificate_days: float = 21.0
    prices: Mapping[str, float] = field(default_factory=dict)
    prices_day: str = ""
    oauth_url: str = ""
    ca_file: str = ""


def read(given: Mapping[str, Any]) -> Settings:
    """The settings of a source; Misconfigured names the one that is wrong."""
    said = {each.name: each.default for each in INVENTORY}
    said |= {name: value for name, value in given.items() if value is not None}
    texts = {each: fields.text(said[each]) for each in _TEXTS}
    if not (texts["credentials_file"] or texts["credentials"] or said["metadata"]):
        raise Misconfigured("credentials_file, credentials or metadata is needed",
                            "credentials_file")  # fmt: skip
    return Settings(
        urls=_urls(said["base_urls"]),
        metadata_url=_address("metadata_url", said["metadata_url"]),
        metadata=bool(said["metadata"]),
        scopes=_scopes(fields.words(said["scopes"])),
        projects=tuple(
            each.removeprefix("projects/") for each in fields.words(said["projects"])
        ),
        assets=bool(said["assets"]),
        wanted=frozenset(each for each in PARTS if said[each]),
        quota_warning=_number(said, "quota_warning"),
        cost_labels=_labels(said["cost_labels"]),
        old_snapshot_days=_number(said, "old_snapshot_days"),
        certificate_days=_number(said, "certificate_days"),
        prices=_prices(said["prices"]),
        **{**texts, "billing_table": _table(texts["billing_table"])},
    )  # fmt: skip


def _urls(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise Misconfigured("base_urls is a mapping of APIs to addresses", "base_urls")
    own: dict[str, str] = {}
    for said, url in given.items():
        name = fields.text(said).removesuffix(".googleapis.com")
        name = _CALLED.get(name, name)
        if name not in APIS and name != "all":
            raise Misconfigured(f"base_urls.{said}: there are {', '.join(APIS)}", "base_urls")
        own[name] = _address(f"base_urls.{said}", url)
    every = {name: own.get("all", url) for name, url in APIS.items()}
    return {**every, **{name: url for name, url in own.items() if name != "all"}}


def _address(name: str, value: Any) -> str:
    found = fields.text(value).rstrip("/")
    if not found.startswith(("https://", "http://")):
        raise Misconfigured(f"{name} is no address", name.partition(".")[0])
    return found


def _scopes(given: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := next((each for each in given if not _SCOPE.fullmatch(each)), None):
        raise Misconfigured(f"{wrong} is no organizations/… or folders/…", "scopes")
    return given


def _table(given: str) -> str:
    """The table's name; it goes into a query, where it can't be a parameter."""
    if given and not _TABLE.fullmatch(given):
        raise Misconfigured("billing_table is written project.dataset.table", "billing_table")
    return given


def _labels(given: Any) -> tuple[str, ...]:
    found = fields.words(given)
    if wrong := next((each for each in found if not _LABEL.fullmatch(each)), None):
        raise Misconfigured(f"{wrong} is no name of a label", "cost_labels")
    return found


def _number(said: Mapping[str, Any], name: str) -> float:
    found = fields.number(said[name])
    if found is None or found <= 0:
        raise Misconfigured(f"{name} is a number above 0", name)
    return found


def _prices(given: Any) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise Misconfigured("prices is a mapping of names to numbers", "prices")
    found = {fields.text(name).lower(): fields.number(price) for name, price in given.items()}
    if wrong := next((name for name, price in found.items() if price is None), None):
        raise Misconfigured(f"prices.{wrong} is no number", "prices")
    return {name: price for name, price in found.items() if price is not None}
