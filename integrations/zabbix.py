"""Zabbix: a webhook media type posts macros, under the names of its parameters.

An event's id is the key: recovery and update carry that of the problem. An update is told by
``update_status`` before anything else; one that closes is followed by the recovery. Macros without
a value come as their own names, and dates in the server's own zone without saying which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from integrations import _json, _read, _uptime
from integrations.base import OURS, Capability, Malformed, Manifest, Monitor, Reading, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

MANIFEST = Manifest(
    name="zabbix",
    title="Zabbix",
    capabilities=frozenset({Capability.RECEIVE, Capability.WRITE_BACK}),
    docs="https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook",
)

_STATES = {
    "problem": _read.FIRING, "1": _read.FIRING, "true": _read.FIRING, "trigger": _read.FIRING,
    "recovery": _read.RESOLVED, "0": _read.RESOLVED, "resolve": _read.RESOLVED,
    "false": _read.RESOLVED, "2": _read.ACKNOWLEDGED, "update": _read.INFO,
}  # fmt: skip
_SEVERITIES = {
    "0": Severity.INFO, "1": Severity.INFO, "2": Severity.WARNING, "3": Severity.WARNING,
    "4": Severity.ERROR, "5": Severity.CRITICAL, "not_classified": Severity.INFO,
    "information": Severity.INFO, "warning": Severity.WARNING, "average": Severity.WARNING,
    "high": Severity.ERROR, "disaster": Severity.CRITICAL,
}  # fmt: skip
_SCALARS = ("event_value", "value", "status", "event_status", "trigger_status", "event_id", "title",
            "name", "severity", "event_nseverity", "host", "hostname")  # fmt: skip
_MARK = re.compile(
    r"(?:problem(?: started)?|resolved(?: in [\w ]{1,40})?|updated problem(?: in [\w ]{1,40})?|ok"
    r"|recovery|problem update): (?=\S)",
    re.IGNORECASE,
)
_UNDER = re.compile(
    r"^(Problem name|Host|Severity|Operational data|Original problem ID): *(.+)$", re.MULTILINE
)
_NAMED = {"problem name": "eventname", "host": "host", "severity": "severity",
          "operational data": "opdata", "original problem id": "eventid"}  # fmt: skip
"""The lines of Zabbix's own message templates, and the macros in them."""
_NESTED = ("event", "trigger", "host", "item", "alert")
_TEXTS = (
    "eventname name title subject message body description eventvalue eventstatus value status"
    " eventdate eventtime eventage eventduration eventopdata eventack eventupdatehistory recoveryid"
    " recoveryname recoverydate recoverytime recoveryvalue updatestatus updateaction updatemessage"
    " updateuser updatedate updatetime triggerdescription triggerdesc triggervalue triggerstatus"
    " triggerurl itemvalue itemlastvalue eschistory sendto to zabbixurl url link kind unresolved"
    " token eventclock opdata serviceimpacted incidentkey servicekey eventtype client clienturl"
    " severity eventseverity trigger item"
)
_NO_LABELS = frozenset(_TEXTS.split())


def read(request: Request) -> Reading:
    """The one event of a body."""
    sent = _uptime.fields(request)
    for name in _SCALARS:
        if isinstance(sent.get(name), (dict, list)) and name not in ("host", "status"):
            raise Malformed(f"expected text, got {_read.kind(sent[name])}", name)
    body = _read.folded({**_inside(sent), **sent})
    for name in _NESTED:
        if isinstance(each := body.get(name), dict):
            own = {f"{name}{field}": value for field, value in _read.folded(each).items()}
            body = {**own, **body}
    return Reading((_event(sent, {**_lines(body), **body}),))


def _inside(sent: dict[str, Any]) -> dict[str, Any]:
    """What the agent of PagerDuty and Zabbix's own media type for it put into objects."""
    payload = _read.part(sent, "payload")
    if "event_action" not in sent:
        return _read.part(sent, "details")
    key = _read.first(sent, "dedup_key")
    return {
        **_read.part(payload, "custom_details"),
        "event_name": _read.first(payload, "summary") or f"Zabbix event {key}",
        "event_id": key,
        "event_type": _read.first(sent, "event_action"),
        "host": _read.first(payload, "source").partition(" : ")[0],
        "severity": _read.first(payload, "severity"),
    }


def _lines(body: Mapping[str, Any]) -> dict[str, str]:
    """Of a media type that knows a subject and a message alone: what stands in the message."""
    told = _read.first(body, "message", "alertmessage", "description", "body")
    if "eventname" in body or "\n" not in told:
        return {}
    found = {_NAMED[name.casefold()]: said.strip() for name, said in _UNDER.findall(told[:4000])}
    head = _read.word(_read.first(body, "subject", "alertsubject", "title").partition(":")[0])
    if head.startswith("resolved"):
        found["eventstatus"] = "resolved"
    elif head.startswith("updated_problem"):
        found["eventstatus"] = "acknowledged" if "acknowledged: Yes" in told else "update"
    return found


def connect(settings: Mapping[str, Any]) -> Monitor:
    """Zabbix's API: ``url`` of the frontend, ``token`` of the user that owns the media, and what
    its media is sent to (``send_to``, pixelview)."""
    from integrations._zabbix_api import Api

    return Api(settings, lambda body: _event(body, _read.folded(body)))


def _event(sent: Mapping[str, Any], body: dict[str, Any]) -> AlertReading:
    place = _read.first(body, "host", "hostname", "hosthost", "triggerhostname", "hostip", "ip")
    title = _title(body)
    left = _read.unexpanded(sent)
    if not title and not left:
        raise Malformed("there is no event in it: send {EVENT.NAME} as event_name", "event_name")
    status = _status(body) if title else _read.INFO
    word = _read.raw(body, "eventseverity", "triggerseverity", "severity", "eventnseverity",
                     "nseverity", "triggernseverity", "priority")  # fmt: skip
    who = _read.first(body, "updateuser")
    taken, back = status is _read.ACKNOWLEDGED, _is_back(body, status)
    said = _read.first(body, "updatemessage")
    if not said and not (taken or back):
        said = _read.first(body, "updateaction")
    told = (
        _read.first(body, "eventopdata", "opdata"),
        _read.first(body, "triggerdesc", "triggerdescription", "description"),
        _read.first(body, "message", "alertmessage", "body"),
        f"{who}: {said}" if who and said else said,
    )
    tags = _tags(body.get("tags") or body.get("eventtags") or body.get("eventtagsjson"))
    return _read.alert(
        status,
        _key(body, place),
        _read.on(title, place) if title else left,
        type=_type(body, tags),
        word=word,
        severity=_SEVERITIES.get(_read.word(word)),
        description="\n".join(dict.fromkeys(each for each in told if each and each != title)),
        resource=place,
        labels={**_labels(sent), **tags},
        links=_links(body),
        starts=body.get("eventclock"),
        by=who if taken or back else "",
        unacknowledged=back,
    )


def _title(body: Mapping[str, Any]) -> str:
    found = _read.first(body, "eventname", "name", "triggername", "trigger", "title", "subject",
                        "alertsubject", "summary", "problem", "description", "message")  # fmt: skip
    return _MARK.sub("", found, count=1) if _MARK.match(found) else found


def _status(body: Mapping[str, Any]) -> AlertStatus:
    value = _read.first(body, "eventvalue", "value") if _is_flag(body) else ""
    said = _read.first(body, "eventstatus", "eventtype", "status", "triggerstatus", "state", "kind")
    if _read.first(body, "updatestatus", "eventupdatestatus") == "1":
        return _updated(body, value or said)
    return _STATES.get(_read.word(value or said)) or _read.state(value or said)


def _is_flag(body: Mapping[str, Any]) -> bool:
    """``value`` may be an item's value too."""
    return "eventvalue" in body or _read.first(body, "value") in ("0", "1")


def _updated(body: Mapping[str, Any], value: str) -> AlertStatus:
    """What a person did, in words of ``{EVENT.UPDATE.ACTION}``: ``acknowledged, commented``."""
    if _STATES.get(_read.word(value)) is _read.RESOLVED:
        return _read.RESOLVED
    if _read.first(body, "updatemessage", "eventupdatemessage").startswith(OURS):
        return _read.INFO
    done = _read.first(body, "updateaction", "eventupdateaction").casefold()
    if "unacknowledged" in done or "changed severity" in done:
        return _read.FIRING
    return _read.ACKNOWLEDGED if "acknowledged" in done else _read.INFO


def _is_back(body: Mapping[str, Any], status: AlertStatus) -> bool:
    """Whether the update takes an acknowledgement back."""
    if status is not _read.FIRING or _read.first(body, "updatestatus", "eventupdatestatus") != "1":
        return False
    done = _read.first(body, "updateaction", "eventupdateaction").casefold()
    return "unacknowledged" in done


def _key(body: Mapping[str, Any], place: str) -> str:
    """The agent of PagerDuty has a key of its own, and another event's id on recovery."""
    own = _read.first(body, "incidentkey", "alertuid", "eventid", "problemid")
    if own:
        return own
    trigger = _read.first(body, "triggerid", "id")
    return f"trigger {trigger} {place}".strip() if trigger else f"{_title(body)} {place}".strip()


def _tags(value: Any) -> dict[str, str]:
    """``{EVENT.TAGSJSON}`` is a list or text of it, ``{EVENT.TAGS}`` is ``a:b, c:d``."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = _json.parse_text(value)
        except Malformed:
            return {}
    found = _read.tags(value)
    return {name: said for name, said in found.items() if not name.startswith("__")}


def _labels(sent: Mapping[str, Any]) -> dict[str, str]:
    inside = _read.part(dict(sent), "details")
    found = _read.flat({**inside, **sent}, ("tags", "event_tags", "recovery_tags"))
    return {
        name: said
        for name, said in found.items()
        if name.replace("_", "").replace(".", "").casefold() not in _NO_LABELS
    }


def _type(body: Mapping[str, Any], tags: Mapping[str, str]) -> AlertType:
    if _read.first(body, "eventsource") == "4":
        return AlertType.SERVICE
    return AlertType.HOST if tags.get("scope") == "availability" else AlertType.METRIC


def _links(body: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    base = _read.first(body, "zabbixurl").rstrip("/")
    trigger, event = _read.first(body, "triggerid"), _read.first(body, "eventid")
    own = None
    if base and trigger and event:
        asked = urlencode({"triggerid": trigger, "eventid": event}, errors="replace")
        own = f"{base}/tr_events.php?{asked}"
    return [
        ("Runbook", _read.first(body, "triggerurl", "eventurl")),
        ("Source", own or _read.first(body, "link", "url", "linktoupstreamdetails", "clienturl")),
        ("Zabbix", base),
    ]
