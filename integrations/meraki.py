"""Cisco Meraki: alerts of devices and networks; what ends one has another type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _json, _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertStatus, AlertType

MANIFEST = Manifest(
    name="meraki",
    title="Cisco Meraki",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://developer.cisco.com/meraki/webhooks/",
)

_ENDS = {
    "started_reporting": "stopped_reporting", "port_connected": "port_disconnected",
    "vpn_connectivity_restored": "vpn_connectivity_change",
    "cellular_up": "cellular_down", "gateway_repeater": "repeater_gateway",
    "power_supply_up": "power_supply_down", "sensor_resolved": "sensor_alert",
}  # fmt: skip
_CHANGES = frozenset(("settings_changed", "device_registered", "admin_login", "api_key_created"))
_BACK = (" came up", "connected", " is up", "restored", "returned to normal", "resolved")


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the body holds the shared secret, where one is set."""
    if not (keys := _sign.secrets(secrets)):
        return
    body = _json.parse(request.body)
    told = _read.first(body, "sharedSecret") if isinstance(body, dict) else ""
    _sign.told(told, keys, "sharedSecret")


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    kind, named = _read.first(body, "alertTypeId"), _read.first(body, "alertType")
    if not kind and not named:
        raise Malformed("there is no alertType in it", "alertType")
    network = _read.first(body, "networkName")
    place = _read.first(body, "deviceName", "deviceSerial", "deviceMac") or network
    found = _read.part(body, "alertData")
    word = _read.raw(body, "alertLevel")
    port = _read.first(found, "portNum", "portDesc", "interface", "peerContact")
    stem = _ENDS.get(kind, kind) or named
    own = (stem, _read.first(body, "deviceSerial") or place, port)
    alert = _read.alert(
        _status(kind, named, word, found),
        " ".join(part for part in own if part),
        _read.on(named or kind.replace("_", " "), place),
        type=AlertType.CHANGE if kind in _CHANGES else AlertType.HOST,
        word=word,
        resource=place,
        labels={
            **_read.flat(found),
            "network": network,
            "organization": _read.first(body, "organizationName"),
            "model": _read.first(body, "deviceModel"),
            "serial": _read.first(body, "deviceSerial"),
            "tags": ", ".join(_read.words(body.get("deviceTags"))),
            "alert_type": kind,
        },
        links=(
            ("Source", _read.first(body, "deviceUrl")),
            ("Network", _read.first(body, "networkUrl")),
        ),
        starts=body.get("occurredAt"),
        ends=body.get("occurredAt"),
    )
    return Reading((alert,))


def _status(kind: str, named: str, word: str, found: dict[str, Any]) -> AlertStatus:
    if kind in _CHANGES:
        return _read.INFO
    if kind in _ENDS or found.get("connectivity") in (True, "true"):
        return _read.RESOLVED
    said = named.casefold()
    if "disconnected" not in said and any(each in said for each in _BACK):
        return _read.RESOLVED
    return _read.INFO if word.casefold() == "informational" else _read.FIRING
