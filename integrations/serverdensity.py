"""Server Density: an alert of a device or a service opens and is fixed."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="serverdensity",
    title="Server Density",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://support.serverdensity.com/hc/en-us/articles/360001067183-Setting-up-webhooks",
)


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    place, kind = _read.first(body, "item_name"), _read.first(body, "alert_type")
    section = _read.first(body, "alert_section")
    if not place and not kind:
        raise Malformed("there is no alert in it", "item_name")
    fixed = _read.first(body, "fixed").casefold() in ("true", "1", "yes")
    value, limit = _read.first(body, "trigger_value"), _read.first(body, "configured_trigger_value")
    what = " ".join(part for part in (section, kind) if part)
    alert = _read.alert(
        _read.RESOLVED if fixed else _read.FIRING,
        _read.first(body, "alert_id") or f"{place} {what}",
        _read.on(what or "An alert", place),
        type=AlertType.UPTIME if _read.first(body, "item_type") == "service" else AlertType.HOST,
        description=f"{value or 'Its value'}, limit {limit}" if limit else value,
        resource=place,
        labels=_read.flat(body, ("trigger_value", "fixed")),
    )
    return Reading((alert,))
