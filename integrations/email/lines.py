"""``Name: value`` lines of a mail's text: most tools write what it is about that way."""

from __future__ import annotations

import re
from collections.abc import Mapping

MOST = 400
_LINE = re.compile(
    r"[\s*•·>|-]{0,12}([A-Za-z][\w ./()'&-]{0,40}?)\s{0,12}(?::(?!//)|=|\t)\s{0,12}(\S[^\t]{0,500})"
)
_ODD = re.compile(r"[\W_]+")

HOST = ("host", "hostname", "hostdisplayname", "device", "devicename", "server", "servername",
        "node", "machine", "instance", "computer", "computername", "system", "nasname",
        "agenthostname", "entity", "target", "resource", "affectedresource", "affectedhost",
        "monitorname", "hostaddress", "address", "ipaddress", "ip", "monitorurl", "website",
        "url")  # fmt: skip
SERVICE = ("service", "servicename", "servicedescription", "check", "checkname", "job", "jobname",
           "alertname", "sensor", "task", "taskname")  # fmt: skip
STATE = ("notificationtype", "newstatus", "newstate", "currentstate", "currentstatus", "state",
         "status", "alertstatus", "alertstate", "eventstatus", "result", "jobstatus", "eventtype",
         "triggerstatus")  # fmt: skip
SEVERITY = ("severity", "alertseverity", "triggerseverity", "priority", "alertpriority", "level",
            "alertlevel", "criticality", "urgency")  # fmt: skip
LABELS = (
    "environment", "env", "cluster", "namespace", "region", "site", "team", "job", "alertname",
    "datacenter", "location", "application", "app", "customer", "group", "hostgroup", "project",
    "database", "pool", "volume", "sensor", "probe",
)  # fmt: skip


def fields(text: str) -> dict[str, str]:
    """The lines under plain names (``Host Name`` is ``hostname``), the first of each."""
    found: dict[str, str] = {}
    for line in text.split("\n", MOST)[:MOST]:
        match = _LINE.match(line[:700]) if line else None
        if match is not None:
            found.setdefault(_ODD.sub("", match[1].casefold()), match[2].strip())
    return found


def first(found: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The first of these fields that is there."""
    return next((found[name] for name in names if found.get(name)), "")


def after(text: str, mark: str) -> str:
    """The first line with something in it at or after a mark such as ``Additional Info:``."""
    _, found, rest = text.partition(mark)
    lines = (line.strip() for line in rest[:2_000].split("\n")) if found else iter(())
    return next((line for line in lines if line), "")
