"""Sematext: an alert rule of metrics or logs triggers and is back to normal."""

from __future__ import annotations

from integrations import _read
from integrations._shape import leaves
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType

MANIFEST = Manifest(
    name="sematext",
    title="Sematext",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://sematext.com/docs/integration/alerts-webhooks-integration/",
)

_YES = ("true", "1", "yes")


def read(request: Request) -> Reading:
    """The one alert of a body."""
    body = _read.fields(request)
    found = leaves(body)
    title = _read.first(found, "title", "rulename", "name", "description")
    if not title:
        raise Malformed("there is no title in it", "title")
    over = _read.first(found, "backtonormal").casefold() in _YES
    said = _read.first(found, "status", "state")
    app = _read.first(found, "appname", "applicationname", "applicationid")
    place = _read.first(found, "filtersoshost", "filtershost", "oshost", "host", "hostname")
    alert = _read.alert(
        _read.RESOLVED if over else _read.state(said),
        _read.first(found, "ruleid", "alertid", "id") or f"{app} {_plain(title)} {place}".strip(),
        title,
        type=AlertType.LOG if "LOG" in _read.first(found, "ruletype").upper() else AlertType.METRIC,
        word=_read.first(found, "priority", "severity"),
        description=_read.first(found, "description"),
        resource=place or app,
        labels={**_read.flat(body, ("title", "description", "backToNormal")),
                **_read.tags(body.get("tags")), **_read.tags(body.get("filters"))},
        links=(("Source", _read.first(found, "url")),
               ("Troubleshoot", _read.first(found, "troubleshooturl"))),
        starts=_read.first(found, "createtimestamp", "createtime") or None,
        ends=_read.first(found, "createtimestamp", "createtime") or None,
    )  # fmt: skip
    return Reading((alert,))


def _plain(title: str) -> str:
    """The rule's name, without what is said when it is over."""
    return title.partition(" - back to normal")[0].removeprefix("Back to normal: ")
