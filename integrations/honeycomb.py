"""Honeycomb triggers and burn alerts, with the groups over their threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertType

MANIFEST = Manifest(
    name="honeycomb",
    title="Honeycomb",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://docs.honeycomb.io/notify/integrate/webhooks/",
)

_STATES = {"triggered": _read.FIRING, "ok": _read.RESOLVED, "resolved": _read.RESOLVED,
           "test": _read.INFO}  # fmt: skip
_GROUPS = 20


SECRET_IS_SENT = True


def verify(request: Request, secrets: Mapping[str, Any]) -> None:
    """Malformed 401 unless the header holds the recipient's secret, where one is set."""
    _sign.shared(request, _sign.secrets(secrets), "x-honeycomb-webhook-token")


def read(request: Request) -> Reading:
    """The one trigger of a body: the built-in one, or one's own out of the template's variables
    (``.Name``, ``.Alert.Status``)."""
    sent = _read.fields(request)
    body = _read.folded(sent)
    alert = _read.folded(_read.part(body, "alert"))
    if not _read.first(body, "name", "triggerid", "id", "summary") and not alert:
        raise Malformed("there is no trigger in it", "name")
    return Reading((_alert(sent, body, alert),))


def _alert(sent: dict[str, Any], body: dict[str, Any], alert: dict[str, Any]) -> AlertReading:
    result = _read.folded(_read.part(body, "result"))
    groups = _read.parts(body.get("resultgroupstriggered"), _GROUPS)
    groups = groups or _read.parts(body.get("resultgroups"), _GROUPS)
    groups = groups or _read.parts(result.get("groups"), _GROUPS)
    lines = [_line(group) for group in groups]
    first = _read.tags(groups[0].get("Group") or groups[0].get("group")) if groups else {}
    place = next(iter(first.values()), "") if len(groups) == 1 else ""
    told = _read.first(alert, "summary", "description")
    texts = (_read.first(body, "description", "triggerdescription"), told, *lines)
    said = _read.first(body, "status") or _read.first(alert, "status", "state")
    return _read.alert(
        _read.state(said, _STATES),
        _read.first(body, "triggerid", "id") or _read.first(alert, "instanceid", "id"),
        _read.on(_read.first(body, "name", "summary") or told or "A trigger without a name", place),
        type=AlertType.METRIC,
        word=_read.first(body, "severity", "alertseverity") or _read.first(alert, "severity"),
        description="\n".join(each for each in texts if each),
        resource=place or _read.first(body, "dataset", "environment"),
        labels=_read.flat(sent, ("shared_secret", "description", "summary", "status")),
        links=(
            ("Source", _read.first(body, "resulturl", "triggerurl", "url")
             or _read.first(alert, "url", "investigateurl") or _read.first(result, "url")),
        ),
    )  # fmt: skip


def _line(group: dict[str, Any]) -> str:
    names = _read.tags(group.get("Group") or group.get("group"))
    said = ", ".join(f"{name}={value}" for name, value in names.items())
    return f"{said or 'all'}: {_read.first(group, 'Result', 'result')}"
