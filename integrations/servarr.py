"""Sonarr, Radarr, Lidarr, Prowlarr and their kin: health checks fail and are well again."""

from __future__ import annotations

from integrations import _read
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertType, Severity

MANIFEST = Manifest(
    name="servarr",
    title="Sonarr, Radarr and kin",
    capabilities=frozenset({Capability.RECEIVE}),
    docs="https://wiki.servarr.com/sonarr/custom-scripts",
)

_STATES = {"health": _read.FIRING, "healthrestored": _read.RESOLVED,
           "manualinteractionrequired": _read.FIRING, "healthissue": _read.FIRING,
           "downloadfailure": _read.FIRING, "importfailure": _read.FIRING}  # fmt: skip


def read(request: Request) -> Reading:
    """The one event of a body; what was grabbed or imported is information."""
    body = _read.fields(request)
    event = _read.first(body, "eventType")
    if not event:
        raise Malformed("there is no eventType in it", "eventType")
    name = _read.first(body, "instanceName")
    status = _STATES.get(event.casefold(), _read.INFO)
    kind, told = _read.first(body, "type"), _read.first(body, "message")
    about = next(
        (
            found
            for each in ("series", "movie", "artist", "author")
            if (found := _read.first(_read.part(body, each), "title", "name", "artistName"))
        ),
        "",
    )
    title = told or f"{event} {about}".strip()
    is_health = "health" in event.casefold()
    alert = _read.alert(
        status,
        " ".join(filter(None, ("health" if is_health else event, name, kind or about))),
        _read.on(title, name),
        type=AlertType.SERVICE,
        word=_read.raw(body, "level") if is_health else "",
        severity=Severity.INFO if status is _read.INFO else None,
        resource=name,
        labels={"event": event, "check": kind, "about": about,
                "previous_version": _read.first(body, "previousVersion"),
                "version": _read.first(body, "newVersion")},
        links=(("Help", _read.first(body, "wikiUrl")),
               ("Source", _read.first(body, "applicationUrl"))),
    )  # fmt: skip
    return Reading((alert,))
