"""Bodies of Airbrake and of Errbit, which speaks as it does: errors, and deployments."""

from __future__ import annotations

from typing import Any

from integrations import _read
from integrations.base import Malformed, Reading, Request
from store.model import AlertReading, AlertType


def read(request: Request) -> Reading:
    """The one error, or deploy, of a body."""
    body = _read.fields(request)
    if deploy := _read.part(body, "deploy"):
        return Reading((_deploy(deploy),))
    error = _read.part(body, "error") or _read.part(body, "problem")
    if not error:
        raise Malformed("there is no error in it", "error")
    return Reading((_alert(error, body),))


def _alert(error: dict[str, Any], body: dict[str, Any]) -> AlertReading:
    project = _read.part(error, "project")
    notice = _read.part(error, "last_notice")
    name, said = _read.first(error, "error_class"), _read.first(error, "error_message", "message")
    both = said if said.startswith(name) else f"{name}: {said}"
    place = _read.first(project, "name") or _read.first(error, "app_name")
    over = error.get("resolved") is True
    return _read.alert(
        _read.RESOLVED if over else _read.FIRING,
        _read.first(error, "id", "_id"),
        (both if said else name) or "An error without a message",
        type=AlertType.LOG,
        word=_read.first(error, "severity"),
        description=_read.first(notice, "request_url") or _read.first(error, "file", "where"),
        resource=place,
        labels={
            **_read.flat(error, ("error_message", "message", "last_occurred_at",
                                 "times_occurred", "notices_count", "last_notice_at")),
            "project": place,
        },
        links=(("Source", _read.first(body, "airbrake_error_url")
                or _read.first(error, "url", "airbrake_error_url")),),
    )  # fmt: skip


def _deploy(deploy: dict[str, Any]) -> AlertReading:
    what = _read.first(deploy, "version", "revision")
    where = _read.first(deploy, "environment")
    return _read.alert(
        _read.INFO,
        f"deploy {_read.first(deploy, 'id') or what}",
        f"Deployed {what} to {where}" if where else f"Deployed {what}".strip(),
        type=AlertType.CHANGE,
        resource=_read.first(deploy, "repository", "project") or where,
        labels=_read.flat(deploy),
    )
