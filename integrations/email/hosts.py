"""Mails of Nagios, Icinga, Checkmk, Zabbix, Monit and others that watch hosts and services."""

from __future__ import annotations

import re
from dataclasses import replace

from integrations.email import lines, places, words
from integrations.email.mime import Mail
from integrations.email.template import Parts, Said, Tool, like
from integrations.email.words import ACKNOWLEDGED, FIRING, INFO, RESOLVED
from store.model import AlertType, Severity

CRITICAL, ERROR, WARNING = Severity.CRITICAL, Severity.ERROR, Severity.WARNING
_NAGIOS_WORDS = {
    "down": CRITICAL, "critical": CRITICAL, "crit": CRITICAL, "warning": WARNING, "warn": WARNING,
    "unreachable": ERROR, "unreach": ERROR, "unknown": ERROR, "unkn": ERROR,
}  # fmt: skip
_PAUSES = ("downtime started", "downtime ended", "downtime start", "downtime end",
           "flapping started", "flapping stopped")  # fmt: skip


def _nagios(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """The output of the check stands under Additional Info, or after Info."""
    output = lines.after(mail.text, "Additional Info:") or found.get("info", "")
    title = f"{said.title}: {output}" if output else f"{said.title} is {parts.get('state', '')}"
    kind = AlertType.SERVICE if said.service else AlertType.HOST
    return replace(said, title=title, type=kind, lead=output)


def _zabbix(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """Its own number ties a recovery to its problem."""
    number = lines.first(found, ("originalproblemid", "originaleventid", "problemid", "eventid"))
    host = lines.first(found, ("host", "hostname", "problemhost"))
    host = host or places.host(parts["name"], {})
    word = lines.first(found, ("severity", "triggerseverity", "problemseverity"))
    status, name = said.status, parts.get("name", "")
    if parts.get("update"):
        taken = re.search(r"acknowledged: ?yes|\backnowledged problem", mail.text, re.IGNORECASE)
        status = ACKNOWLEDGED if taken else INFO
    severity = words.SEVERITIES.get(word.casefold().replace(" ", "_"))
    title = f"{name} on {host}" if host and host.casefold() not in name.casefold() else name
    key = number or f"{host} {name}".casefold()
    return replace(
        said, status=status, word=word, severity=severity, host=host, title=title, service="",
        key=key, lead=lines.first(found, ("operationaldata", "lastvalue")),
    )  # fmt: skip


def _monit(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """Its events are fixed phrases: ``Connection failed``, ``Does not exist``, ``Exists``."""
    told = re.search(r"^(\w[\w ,-]{2,60}?) Service (\S+)", mail.text, re.MULTILINE)
    event, _, last = parts["name"].rpartition(" ")
    event, service = (told[1], told[2]) if told else (event or last, last)
    low = event.casefold()
    over = low.endswith((" succeeded", " recovered", " recovery", "link up", "not changed"))
    status = RESOLVED if over or low == "exists" else FIRING
    if "instance" in low or low.startswith("action done"):
        status = INFO
    about = re.sub(r"^does not |\W*(?:failed|succeeded|matched|exists?|changed|not changed)$", "",
                   low).strip() or "exist"  # fmt: skip
    host, why = found.get("host", ""), found.get("description", "") or event
    place = f"{service} on {host}" if host else service
    return replace(
        said, status=status, word=event, severity=WARNING if low.endswith(" changed") else ERROR,
        host=host, service=service, title=f"{place}: {why}",
        key=f"{host} {service} {about}".casefold(), lead=f"{event}: {why}",
    )  # fmt: skip


def _by_state(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """What a line of the text says of the state comes before the subject."""
    word = lines.first(found, ("newstatus", "newstate", "currentstatus", "status"))
    target = lines.first(found, ("target", "host", "device", "nasname")) or said.host
    status = words.status_of(word) or said.status
    severity = words.SEVERITIES.get(word.casefold()) or said.severity
    return replace(said, status=status, severity=severity, word=word or said.word, host=target,
                   key=f"{target} {said.service}".casefold())  # fmt: skip


HOSTS = (
    Tool("nagios", like(
        r"\W{0,4}\*\*\s*(?P<kind>[A-Z]+)(?: \([^)]*\))?\s+(?:(?:host|service)\s+)?alert\s*[:-]\s*"
        r"(?P<host>[^/*]+?)(?:/(?P<service>.+?))? is (?P<state>[a-z]+)\s*\*\*"
    ), severities=_NAGIOS_WORDS, then=_nagios),
    Tool("nagios", like(r"(?P<kind>)Host (?P<state>[A-Z]+) alert for (?P<host>\S+?)!?$"),
         severities=_NAGIOS_WORDS, then=_nagios),
    Tool("icinga", like(
        r"\[(?P<kind>[A-Z]+)\] (?:Host (?P<host>.+?)|(?P<service>.+) on (?P<host2>.+)) is "
        r"(?P<state>[A-Z]+)!$"
    ), severities=_NAGIOS_WORDS, then=lambda s, p, m, f: _nagios(
        replace(s, host=p.get("host", "") or p.get("host2", ""),
                title=f"{p['service']} on {p['host2']}" if p.get("service") else p.get("host", ""),
                key=f"{p.get('host', '') or p.get('host2', '')} {p.get('service', '')}".casefold()),
        p, m, f)),
    Tool("checkmk", like(
        r"Check_?MK: (?P<host>[^/ ]+)(?:/(?P<service>.+?))? (?:\w+!? ?(?:->|→) ?(?P<state>\w+)"
        r"|(?P<kind>Acknowledg\w+|Downtime \w+|Flapping \w+))"
    ), severities=_NAGIOS_WORDS, states={
        "unkn": FIRING, "unreach": FIRING, **dict.fromkeys(_PAUSES, INFO),
    }, then=_nagios),
    Tool("zabbix", like(
        r"(?:\[[^\]]+\] )?(?:(?P<kind>problem|resolved|recovered|ok)|(?P<update>updated problem))"
        r"(?: in [\w ]{1,30}?)?: (?P<name>.+)"
    ), AlertType.HOST, shows=like(
        r"problem started at|original (?:problem|event) id|^problem name|trigger status"
        r"|^problem has been resolved|current problem status is"
    ), then=_zabbix),
    Tool("monit", like(r"monit alert --\s*(?P<name>.+)"), AlertType.SERVICE, then=_monit),
    Tool("prtg", like(
        r"\[[^\]]*PRTG[^\]]*\]\s+(?P<name>.+?)\s+(?:(?:Down|Warning|Unusual|Up)(?: \w+)?"
        r" ended \(now: (?P<kind>[^)]+)\)|(?P<state>Down|Up|Warning|Unusual|Unknown|Paused)\b)"
        r"(?P<ack> \(Acknowledged\))?"
    ), AlertType.HOST, severities={"down": ERROR}, states={"paused": INFO},
        then=lambda s, p, m, f: replace(s, status=ACKNOWLEDGED) if p.get("ack") else s),
    Tool("netdata", like(
        r"(?P<host>\S+) (?P<state>needs attention|is critical|recovered|[a-z ]{2,20}) - "
        r"(?P<service>.+?) - (?P<area>[\w.-]+)$"
    ), AlertType.METRIC, states={"needs attention": FIRING, "is critical": FIRING},
        severities={"needs attention": WARNING, "is critical": CRITICAL}),
    Tool("librenms", like(r"Alert for device (?P<host>\S+?) - (?P<name>.+)"), AlertType.HOST,
         FIRING),
    Tool("librenms", like(r"Device (?P<host>\S+) recovered from (?P<name>.+)"), AlertType.HOST,
         RESOLVED),
    Tool("sensu", like(
        r"(?P<kind>ALERT|RESOLVED|RECOVERY|OK|WARNING|CRITICAL|UNKNOWN) - (?P<host>[^/ ]+)/"
        r"(?P<service>[^\s:]+): (?P<message>.+)"
    ), AlertType.SERVICE, states={"alert": FIRING}, title="{service} on {host}: {message}"),
    Tool("vcenter", like(r"\[VMware vCenter(?: Server)? - Alarm (?P<name>[^\]]+)\]\s*.*"),
         AlertType.HOST, FIRING, then=_by_state),
    Tool("qnap", like(
        r"\[(?P<sev>Info\w*|Warning|Error)\]\s*\[(?P<area>[^\]]+)\].{0,60}device: (?P<host>.+)"
    ), AlertType.HOST, then=lambda s, p, m, f: replace(
        s, title=f.get("message", "") or f"{p['area']} on {p['host']}",
        status=INFO if p["sev"].casefold().startswith("info") else FIRING)),
)  # fmt: skip
