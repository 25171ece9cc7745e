"""Notifications of Nagios and its children (Icinga, Checkmk, Naemon, Centreon).

Their macros come under many names: ``$SERVICEDESC$`` as ``servicedesc``, ``service_name``,
``NAGIOS_SERVICEDESC`` or ``NOTIFY_SERVICEDESC``. An alert is a host or a service of it: problem ids
begin anew after a restart, and are 0 on a host's recovery.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from integrations import _read, _uptime
from integrations.base import OURS, Malformed, Request
from store.model import AlertReading, AlertStatus, AlertType, Severity

_TYPES = {
    "acknowledgement": _read.ACKNOWLEDGED, "acknowledge": _read.ACKNOWLEDGED,
    "acknowledged": _read.ACKNOWLEDGED, "acknowledgementset": _read.ACKNOWLEDGED,
    "recovery": _read.RESOLVED, "resolve": _read.RESOLVED,
    "ok": _read.RESOLVED, "up": _read.RESOLVED,
}  # fmt: skip
_PROBLEMS = ("problem", "trigger", "statechange", "acknowledgementcleared", "host", "service", "")
_OVER = ("flapping", "downtimeend", "downtimecancel", "downtimeremoved", "downtimestop")
"""Nagios sends no recovery where it flapped or was down for maintenance till then."""

_GOOD = ("ok", "up", "pending", "pend")
_SERVICE_STATES = {"0": "OK", "1": "WARNING", "2": "CRITICAL", "3": "UNKNOWN"}
_HOST_STATES = {"0": "UP", "1": "DOWN", "2": "UNREACHABLE"}
_SEVERITIES = {
    "ok": Severity.INFO, "up": Severity.INFO, "pending": Severity.INFO, "recovery": Severity.INFO,
    "warning": Severity.WARNING, "critical": Severity.CRITICAL, "down": Severity.CRITICAL,
    "warn": Severity.WARNING, "crit": Severity.CRITICAL, "unkn": Severity.ERROR,
    "unreachable": Severity.ERROR, "unreach": Severity.ERROR, "unknown": Severity.ERROR,
}  # fmt: skip
_PREFIX = re.compile(r"(?:nagios|notify|icinga|naemon|centreon)_", re.IGNORECASE)
_NAMES = ("name", "hostname", "displayname", "__name")
_SHOWN = re.compile(
    r"output|comment|author|perfdata|time|date|attempt|state|number|duration|problemid|eventid"
    r"|^last|^next|^contact|^recipients|^monitor$|^type$|^kind$|^source$|url$|^notification"
    r"|^incidentkey|^(?:host|service)(?:name|desc|description|displayname|display)?$|key$|password"
    r"|token|^client|^downtime$|^escalated|^isescalated"
)
_KEPT = re.compile(
    r"^_|address$|groupnames?s?$|groups$|alias$|severity$|site$|servicelevel|_tag|_label|_team"
)
_FEW = 60
"""Nagios' environment has over 200 variables, of which these few say what it is about."""


def alert(request: Request, missing: str) -> AlertReading:
    """The host or service of a notification."""
    return of(_uptime.fields(request), missing)


def of(sent: Mapping[str, Any], missing: str) -> AlertReading:
    """The host or service that fields of a notification are about."""
    body = _plain(sent)
    host = _read.first(body, "hostname", "host", "hostdisplayname", "hostalias", "hostaddress")
    service = _read.first(
        body, "servicedesc", "servicedescription", "servicename", "service", "servicedisplayname"
    )
    if not host and not service:
        left = _read.unexpanded(sent)
        if left:
            return _read.alert(_read.INFO, "", left, type=AlertType.HOST, severity=Severity.INFO)
        raise Malformed(f"there is no host in it: send {missing}", "host")
    state, output = _state(body, service), _output(body, service)
    place = f"{service} on {host}" if service and host else service or host
    status = _status(body, state)
    return _read.alert(
        status,
        f"{host}!{service}" if service else host,
        f"{place}: {output}" if output else f"{place} is {state}" if state else place,
        type=AlertType.SERVICE if service else AlertType.HOST,
        word=state,
        severity=_SEVERITIES.get(_read.word(state)),
        description=_description(body, output),
        resource=host or service,
        labels=_labels(sent, host, service),
        links=(
            ("Source", _read.first(body, "monitorurl", "serviceinfourl", "hostinfourl", "url")),
            ("Runbook", _read.first(body, "servicenotesurl", "notesurl", "hostnotesurl")),
            ("Action", _read.first(body, "serviceactionurl", "actionurl", "hostactionurl")),
        ),
        by=_author(body) if status is _read.ACKNOWLEDGED else "",
    )


def is_ours(alert: AlertReading) -> bool:
    """Whether it tells of our own acknowledgement: its comment is last, after who made it."""
    last = alert.description.rpartition("\n")[2]
    ours = last.startswith(OURS) or f": {OURS}" in last[:200]
    return alert.status is AlertStatus.ACKNOWLEDGED and ours


def _plain(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under plain names, those of ``details``, ``host`` and ``service`` among them."""
    flat = {
        _PREFIX.sub("", name[:100], count=1): value for name, value in islice(sent.items(), 500)
    }
    body = _read.folded(flat)
    for name in ("details", "body", "notification", "checkresult"):
        if isinstance(inside := body.get(name), dict):
            body = {**_read.folded(inside), **body}
    for name in ("host", "service"):
        if isinstance(inside := body.get(name), dict):
            own = {f"{name}{each}": value for each, value in _read.folded(inside).items()}
            body = {**own, **body, name: _read.first(_read.folded(inside), *_NAMES)}
    return body


def _state(body: Mapping[str, Any], service: str) -> str:
    """Its word; Icinga's own interfaces have numbers, and those as fractions."""
    own, numbers = ("service", _SERVICE_STATES) if service else ("host", _HOST_STATES)
    said = _read.raw(body, f"{own}state", "state", "status", f"{own}stateid")
    return numbers.get(said.removesuffix(".0"), said)


def _status(body: Mapping[str, Any], state: str) -> AlertStatus:
    """The kind of notification decides: an acknowledgement has the state CRITICAL."""
    said = _read.word(
        _read.first(body, "notificationtype", "type", "eventtype", "what", "messagetype")
    )
    kind = said.replace("_", "").partition("(")[0]
    good = _read.word(state) in _GOOD
    if kind.startswith("flapping") or kind.startswith(_OVER):
        return _read.RESOLVED if good else _read.INFO
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _PROBLEMS:
        return _read.RESOLVED if good else _read.FIRING
    return _read.FIRING if kind in _SEVERITIES else _read.INFO


def _output(body: Mapping[str, Any], service: str) -> str:
    own = ("serviceoutput",) if service else ("hostoutput",)
    found = _read.first(body, *own, "output", "pluginoutput", "message")
    return found.partition("\n")[0]


def _description(body: Mapping[str, Any], output: str) -> str:
    """Newlines come as the two characters ``\\n``; the comment of an acknowledgement is last."""
    long = _read.first(body, "longserviceoutput", "longhostoutput", "longoutput",
                       "servicelongoutput", "hostlongoutput")  # fmt: skip
    who = _author(body)
    comment = _read.first(
        body, "notificationcomment", "comment", "serviceackcomment", "hostackcomment"
    )
    said = f"{who}: {comment}" if who and comment else comment
    return "\n".join(part for part in (output, long.replace("\\n", "\n"), said) if part)


def _author(body: Mapping[str, Any]) -> str:
    return _read.first(
        body, "notificationauthor", "author", "serviceackauthor", "hostackauthor",
        "notificationauthorname",
    )  # fmt: skip


def _labels(sent: Mapping[str, Any], host: str, service: str) -> dict[str, str]:
    found = {"host": host, "service": service}
    inside = sent.get("details")
    every = _read.flat({**(inside if isinstance(inside, dict) else {}), **sent})
    for name, value in every.items():
        short = _PREFIX.sub("", name, count=1).casefold()
        shown = _SHOWN.search(short.replace("_", ""))
        if not shown if len(every) <= _FEW else _KEPT.search(short):
            found.setdefault(short.removeprefix("_"), value)
    return found
