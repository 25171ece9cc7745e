"""HetrixTools: uptime monitors, servers' use of resources, and lists of blacklisted addresses."""

from __future__ import annotations

from typing import Any

from integrations import _form, _read, _uptime
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType, Severity

MANIFEST = Manifest(
    name="hetrixtools",
    title="HetrixTools",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://docs.hetrixtools.com/uptime-monitor-webhooks/",
)


def read(request: Request) -> Reading:
    """A monitor, or one alert for each address of a blacklist report."""
    value = _form.value(request)
    if isinstance(value, list):
        return Reading(tuple(map(_listed, _read.objects(value, "body"))))
    body = _read.an_object(value)
    if "blacklisted_now" in body:
        return Reading((_listed(body),))
    if usage := _read.part(body, "resource_usage"):
        return Reading((_usage(body, usage),))
    return Reading((_monitor(body),))


def _monitor(body: dict[str, Any]) -> AlertReading:
    name = _read.first(body, "monitor_name", "monitor_label")
    place = _read.first(body, "monitor_target")
    if not name and not place:
        raise Malformed("there is no monitor in it", "monitor_name")
    said = _read.first(body, "monitor_status", "status")
    errors = body.get("monitor_errors")
    where = _read.tags(errors)
    reasons = list(dict.fromkeys(where.values()))
    firing = _read.state(said, _uptime.STATES) is _read.FIRING
    at = body.get("timestamp")
    return _uptime.check(
        said,
        _read.first(body, "monitor_id") or f"{name} {place}",
        name or place,
        reason=", ".join(reasons[:3]) or _read.text(errors),
        place=place,
        description="\n".join(f"{place}: {error}" for place, error in where.items()),
        labels=_read.flat(body, ("monitor_name", "monitor_status", "timestamp")),
        links=(("Checked", place),),
        starts=at if firing else None,
        ends=at,
    )


def _usage(body: dict[str, Any], usage: dict[str, Any]) -> AlertReading:
    name, kind = _read.first(body, "monitor_name"), _read.first(usage, "resource_type")
    now = _read.first(usage, "current_usage", "average_usage")
    said = _read.first(usage, "status") or _read.first(body, "status")
    return _read.alert(
        _read.state(said, _uptime.STATES),
        f"{_read.first(body, 'monitor_id') or name} {kind}",
        _read.on(f"{kind.upper()} usage {now}%" if now else f"{kind.upper()} usage", name),
        type=AlertType.HOST,
        severity=Severity.WARNING,
        resource=name,
        labels={**_read.flat(body), **_read.flat(usage)},
    )


def _listed(each: dict[str, Any]) -> AlertReading:
    place, name = _read.first(each, "monitor"), _read.first(each, "label")
    now = _read.first(each, "blacklisted_now")
    if not place:
        raise Malformed("there is no monitor in it", "monitor")
    lists = [_read.first(one, "rbl") for one in _read.parts(each.get("blacklisted_on"))]
    over = now in ("0", "")
    many = "1 blacklist" if now == "1" else f"{now} blacklists"
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        f"blacklist {place}",
        f"{place} is on no blacklist" if over else f"{place} is on {many}",
        type=AlertType.SECURITY,
        severity=Severity.WARNING,
        description=", ".join(lists),
        resource=place,
        labels={"label": name, **_read.flat(each, ("monitor", "label"))},
        links=(("Report", _read.first(_read.part(each, "links"), "report_link")),),
    )
