"""What can be set of one cloud, and the settings as the connector works with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.base import Misconfigured, Setting
from store.model import MINUTE

INVENTORY = (
    Setting("cloud", "The entry of clouds.yaml to use; several clouds are several sources."),
    Setting(
        "clouds_file",
        "Path of a clouds.yaml (a secure.yaml beside it is read too); without it the usual places "
        "are looked at: the working directory, ~/.config/openstack, /etc/openstack.",
    ),
    Setting("auth_url", "Keystone's address, where no clouds.yaml is used."),
    Setting("username", "The user to sign in as; one with reading rights is enough."),
    Setting("password", "The user's password.", secret=True),
    Setting("application_credential_id", "An application credential instead of user and password."),
    Setting("application_credential_secret", "Its secret.", secret=True),
    Setting("project", "The project to sign in to, by name or id."),
    Setting("user_domain", "The user's domain.", default="Default"),
    Setting("project_domain", "The project's domain.", default="Default"),
    Setting(
        "system_scope",
        "true signs in to the system instead of a project, once more, for what only that may read "
        "(projects and users in Keystone, agents).",
        default=True,
    ),
    Setting("regions", "The regions to look at; all of the catalogue where it is empty."),
    Setting("interface", "Which endpoints are asked: public, internal or admin."),
    Setting("ca_file", "The authority that signed the cloud's certificates, as a PEM file."),
    Setting("connect_timeout", "Seconds to wait for a connection.", default=5),
    Setting("read_timeout", "Seconds to wait for an answer.", default=15),
    Setting("stuck_after", "Minutes after which something that should pass is stuck.", default=15),
    Setting(
        "disabled_after", "Minutes after which a disabled service is worth an alert.", default=720
    ),
    Setting(
        "diagnostics",
        "Most servers whose throughput is asked of Nova in one look, in turns; 0 asks none.",
        default=20,
    ),
    Setting("snapshots", "Whether volume snapshots are part of the inventory.", default=True),
    Setting("quota_warning", "Percent of a quota, a pool or a host that warns.", default=90),
)

_NUMBERS = {each.name: each.default for each in INVENTORY if type(each.default) is int}


@dataclass(frozen=True, slots=True)
class Source:
    """The settings of one cloud; times in seconds, but for ``stuck`` and ``disabled``
    (milliseconds)."""

    name: str
    cloud: str
    clouds_file: str
    auth: Mapping[str, Any]
    system_scope: bool
    regions: tuple[str, ...]
    interface: str
    ca_file: str
    connect_timeout: float
    read_timeout: float
    stuck: int
    disabled: int
    diagnostics: int
    snapshots: bool
    warning: float

    def key(self, kind: str, *path: str) -> str:
        """The key of a resource of this cloud."""
        return f"openstack:{self.name}:{kind}:{'/'.join(part for part in path if part)}"


def source(name: str, settings: Mapping[str, Any]) -> Source:
    """The settings, looked through; Misconfigured says which one is wrong."""
    numbers = {each: _number(settings, each) for each in _NUMBERS}
    file = _text(settings, "clouds_file")
    if file and not Path(file).expanduser().is_file():
        raise Misconfigured(f"there is no file {file}", "clouds_file")
    cloud, auth = _text(settings, "cloud"), _auth(settings)
    if not cloud and not auth:
        raise Misconfigured("name a cloud of clouds.yaml, or the auth_url", "cloud")
    return Source(
        name=name,
        cloud=cloud,
        clouds_file=str(Path(file).expanduser()) if file else "",
        auth=auth,
        system_scope=_flag(settings, "system_scope"),
        regions=_list(settings.get("regions")),
        interface=_text(settings, "interface"),
        ca_file=_text(settings, "ca_file"),
        connect_timeout=numbers["connect_timeout"],
        read_timeout=numbers["read_timeout"],
        stuck=int(numbers["stuck_after"] * MINUTE),
        disabled=int(numbers["disabled_after"] * MINUTE),
        diagnostics=int(numbers["diagnostics"]),
        snapshots=_flag(settings, "snapshots"),
        warning=numbers["quota_warning"],
    )


def _auth(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The ``auth`` of a cloud entry. Where a cloud is named too, it goes over the entry's."""
    if not (url := _text(settings, "auth_url")):
        return {}
    credential = _text(settings, "application_credential_id")
    if credential:
        secret = _text(settings, "application_credential_secret")
        return {
            "auth_url": url,
            "application_credential_id": credential,
            "application_credential_secret": secret,
        }
    for needed in ("username", "password", "project"):
        if not _text(settings, needed):
            raise Misconfigured(f"{needed} is needed beside auth_url", needed)
    return {
        "auth_url": url,
        "username": _text(settings, "username"),
        "password": _text(settings, "password"),
        "project_name": _text(settings, "project"),
        "user_domain_name": _text(settings, "user_domain") or "Default",
        "project_domain_name": _text(settings, "project_domain") or "Default",
    }


def _text(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    return "" if value is None else str(value).strip()


def _list(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.replace(",", " ").split()
    return tuple(str(each) for each in value or ())


def _flag(settings: Mapping[str, Any], name: str) -> bool:
    value = settings.get(name)
    if value is None or isinstance(value, bool):
        return value is not False
    if str(value).lower() not in ("true", "false", "yes", "no", "on", "off"):
        raise Misconfigured(f"{value} is neither true nor false", name)
    return str(value).lower() in ("true", "yes", "on")


def _number(settings: Mapping[str, Any], name: str) -> float:
    value = settings.get(name)
    try:
        found = float(_NUMBERS[name] if value in (None, "") else value)
    except (TypeError, ValueError):
        raise Misconfigured(f"{value} is not a number", name) from None
    low = 0.0 if name in ("diagnostics", "disabled_after", "stuck_after") else 0.05
    if not low <= found <= 1_000_000:
        raise Misconfigured(f"{value} is out of bounds", name)
    return found
