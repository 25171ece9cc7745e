"""CrowdStrike Falcon: detections of its event stream, and what its workflows and webhooks send.

``Severity`` is 1 to 5 in one kind of event and 0 to 100 in another; ``SeverityName`` is the same
in both. A detection is an event: nothing ever says that it is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import _read, _sign
from integrations._shape import leaves
from integrations.base import Capability, Malformed, Manifest, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="crowdstrike",
    title="CrowdStrike Falcon",
    capabilities=frozenset({Capability.RECEIVE}),
    settings=(_sign.SECRET,),
    docs="https://www.crowdstrike.com/platform/",
)

_STAMP = "x-cs-delivery-timestamp"
_STATES = {
    "closed": _read.RESOLVED, "resolved": _read.RESOLVED, "true_positive": _read.RESOLVED,
    "false_positive": _read.RESOLVED, "ignored": _read.RESOLVED, "in_progress": _read.ACKNOWLEDGED,
    "new": _read.FIRING, "reopened": _read.FIRING,
}  # fmt: skip
_QUIET = ("audit", "useractivity", "authactivity", "remoteresponse", "test")
_KEPT = (
    "Tactic", "Technique", "Objective", "UserName", "FileName", "FilePath", "MachineDomain",
    "LocalIP", "SHA256String", "MD5String", "PatternDispositionDescription", "DetectId",
    "CompositeId", "AgentId", "IncidentType", "HostGroups", "Tags",
)  # fmt: skip


def verify(request: Request, secrets: Mapping[str, Any]) -> str:
    """Malformed 401 unless body and time are signed with the HMAC secret key, where one is set."""
    if not (known := _sign.secrets(secrets)):
        return ""
    stamp = request.headers.get(_STAMP, "")
    _sign.fresh(request, stamp, _STAMP)
    after = stamp.encode("utf-8", "replace")
    return _sign.signed_base64(request, known, "x-cs-primary-signature", after=after)


def read(request: Request) -> Reading:
    """The one event of a body."""
    body = _read.fields(request)
    about = _read.part(body, "metadata") or _read.part(body, "meta")
    event = _read.part(body, "event") or _read.part(body, "data") or body
    return Reading((_event(event, about),))


def _event(event: dict[str, Any], about: dict[str, Any]) -> AlertReading:
    fields = _read.folded(event)
    if any(isinstance(value, dict) for value in event.values()):
        fields = {**leaves(event), **fields}  # {"device": {"hostname": …}}
    kind = _read.first(about, "eventType", "event_reference_type") or _read.first(
        fields, "eventtype", "type"
    )
    title = _read.first(
        fields, "detectname", "detectionname", "name", "incidentname", "title", "displayname",
        "detectdescription", "description", "operationname",
    )  # fmt: skip
    place = _read.first(
        fields, "computername", "hostname", "devicehostname", "hosthostname", "endpointhostname",
        "sourceendpointhostname", "targetendpointhostname", "hostnames",
    )  # fmt: skip
    if not title:
        raise Malformed("there is no detection in it", "event.DetectName")
    word = _read.raw(fields, "severityname", "severity")
    tactic, technique = _read.first(fields, "tactic"), _read.first(fields, "technique")
    file = _read.first(fields, "filename")
    return _read.alert(
        _status(kind, fields),
        " ".join(part for part in (title, place, tactic, technique, file) if part),
        _read.on(title, place),
        type=AlertType.SECURITY,
        word=word,
        severity=_severity(word, kind),
        description="\n".join(
            part
            for part in (
                _read.first(fields, "detectdescription", "description", "detectiondescription"),
                _read.first(fields, "commandline"),
                _read.first(fields, "patterndispositiondescription"),
            )
            if part
        ),
        resource=place,
        labels={**{name: _read.first(event, name) for name in _KEPT}, "event": kind},
        links=(("Source", _read.first(fields, "falconhostlink", "link", "url")),),
        starts=_read.text(about.get("eventCreationTime"))
        or _read.first(fields, "processstarttime", "starttime", "timestamp"),
    )


def _status(kind: str, fields: dict[str, Any]) -> AlertStatus:
    if any(word in kind.casefold() for word in _QUIET):
        return _read.INFO
    said = _read.word(_read.first(fields, "status", "state"))
    return _STATES.get(said, _read.FIRING)


def _severity(word: str, kind: str) -> Severity | None:
    if not word.isdecimal() or len(word) > 3:
        return None
    number = int(word) if int(word) > 5 or kind.startswith("Epp") else int(word) * 20
    if number >= 80:
        return Severity.CRITICAL if number > 80 else Severity.ERROR
    if number >= 60:
        return Severity.ERROR
    return Severity.WARNING if number >= 40 else Severity.INFO
