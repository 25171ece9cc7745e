"""Bodies of alerts in Alertmanager's form, with those that are not quite in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from integrations import _json
from integrations._prometheus import Alert, Group, decode, read_group
from integrations._read import kind
from integrations._time import instant
from integrations.base import Malformed, Request
from store.model import AlertReading


def alerts(request: Request) -> tuple[AlertReading, ...]:
    """Every alert with its own status; Malformed names the first field that can't be read."""
    body = _json.body(request)
    try:
        group = decode(body)
    except _json.FAILURES:
        return _once(_read_odd(_json.parse(body), request.received_at))
    return _once(read_group(group, ""))


def _read_odd(value: Any, now: int) -> Iterable[AlertReading]:
    """A list of bodies, a list of alerts as the API has them, or one body of wrong types."""
    if isinstance(value, list):
        return list(_read_list(value, now))
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {kind(value)}")
    return read_group(_group(value, ""), "")


def _read_list(items: list[Any], now: int) -> Iterator[AlertReading]:
    if not items:
        raise Malformed("an empty list: there is no alert in it")
    for i, item in enumerate(items):
        if not isinstance(item, dict):
            raise Malformed(f"expected an object, got {kind(item)}", f"[{i}]")
        if "alerts" not in item and "labels" in item:
            group = _group({"alerts": [_with_status(item, now)]}, f"[{i}].")
        else:
            group = _group(item, f"[{i}].")
        yield from read_group(group, f"[{i}].")


def _with_status(alert: dict[str, Any], now: int) -> dict[str, Any]:
    """An API alert: its ``status`` is an object or missing, the end is what tells."""
    ends = instant(alert.get("endsAt"))
    return alert | {"status": "resolved" if ends is not None and ends <= now else "firing"}


def _group(value: dict[str, Any], path: str) -> Group:
    alerts = value.get("alerts")
    if not isinstance(alerts, list):
        raise Malformed(f"expected an array, got {kind(alerts)}", f"{path}alerts")
    return Group(
        alerts=[_odd_alert(alert, f"{path}alerts[{i}]") for i, alert in enumerate(alerts)],
        status=_word(value, "status", f"{path}status"),
        labels=_texts(value, "commonLabels", f"{path}commonLabels"),
        annotations=_texts(value, "commonAnnotations", f"{path}commonAnnotations"),
        url=_loose(value.get("externalURL")),
        title=_loose(value.get("title")),
    )


def _odd_alert(value: Any, path: str) -> Alert:
    if not isinstance(value, dict):
        raise Malformed(f"expected an object, got {kind(value)}", path)
    return Alert(
        labels=_texts(value, "labels", f"{path}.labels"),
        annotations=_texts(value, "annotations", f"{path}.annotations"),
        status=_word(value, "status", f"{path}.status"),
        starts=_moment(value.get("startsAt")),
        ends=_moment(value.get("endsAt")),
        source=_loose(value.get("generatorURL")),
        fingerprint=_loose(value.get("fingerprint")),
        silence=_loose(value.get("silenceURL")),
        dashboard=_loose(value.get("dashboardURL")),
        panel=_loose(value.get("panelURL")),
    )


def _texts(value: dict[str, Any], field: str, path: str) -> dict[str, str] | None:
    """Labels or annotations; values that are not text become text, nulls are left out."""
    found = value.get(field)
    if found is None:
        return None
    if not isinstance(found, dict):
        raise Malformed(f"expected an object, got {kind(found)}", path)
    return {name: _json.written(inner) for name, inner in found.items() if inner is not None}


def _word(value: dict[str, Any], field: str, path: str) -> str:
    found = value.get(field, "")
    if not isinstance(found, str):
        raise Malformed(f"expected firing or resolved, got {kind(found)}", path)
    return found


def _loose(value: Any) -> str | None:
    return None if value is None else _json.written(value)


def _moment(value: Any) -> str | float | None:
    return value if isinstance(value, (str, int, float)) else None


def _once(alerts: Iterable[AlertReading]) -> tuple[AlertReading, ...]:
    """Each alert once: bodies bundled into one list repeat theirs."""
    found = {(alert.key, alert.status, alert.starts_at): alert for alert in alerts}
    return tuple(found.values())
