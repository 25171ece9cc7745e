"""Mails of metrics, clouds, uptime checks and builds: Alertmanager, CloudWatch, Azure, GitHub, …"""

from __future__ import annotations

import re
from dataclasses import replace

from integrations.email import lines, words
from integrations.email.mime import Mail
from integrations.email.steady import steady
from integrations.email.template import Parts, Said, Tool, like
from integrations.email.words import FIRING, RESOLVED
from store.model import AlertType, Severity

_FIVE = {"0": Severity.CRITICAL, "1": Severity.ERROR, "2": Severity.WARNING, "3": Severity.INFO,
         "4": Severity.INFO}  # fmt: skip


def _labels_of_one(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """One alert's labels stand in the text; of several none is the mail's own."""
    severity = words.SEVERITIES.get(found.get("severity", "").casefold())
    word = found["severity"] if severity else ""
    host = ""
    if parts.get("count", "1") == "1" and parts["kind"].casefold() in ("firing", "resolved"):
        host = lines.first(found, ("instance", "host", "hostname", "node", "pod", "device"))
    shown = f"{parts['name']} ({parts['common']})" if parts.get("common") else parts["name"]
    return replace(said, severity=severity, word=word, host=host, service=parts["name"],
                   title=shown, key=steady(parts["name"]) or parts["name"].casefold())  # fmt: skip


SERVICES = (
    Tool("alertmanager", like(
        r"\[(?P<kind>FIRING|RESOLVED)(?::(?P<count>\d+))?(?:,\s*\w+:\d+)*\]\s+(?P<name>.+?)\s*"
        r"(?:\((?P<common>.*)\))?$"
    ), AlertType.METRIC, then=_labels_of_one),
    Tool("cloudwatch", like(
        r"(?P<kind>ALARM|OK|INSUFFICIENT_DATA): \"(?P<name>.+?)\" in (?P<area>.+)"
    ), AlertType.CLOUD, states={"alarm": FIRING}, title="{name}",
        then=lambda s, p, m, f: replace(s, host=_dimension(m.text), word="",
                                     lead=f.get("reasonforstatechange", ""))),
    Tool("azuremonitor", like(
        r"(?:\S+ )?(?P<kind>Fired|Resolved|Activated|Deactivated):\s*Sev(?P<sev>\d) Azure Monitor"
        r" Alert (?P<name>.+?) on (?P<host>[^()]+?)(?:\s*\(\s*[^)]*\))?(?:\s+at .*)?$"
    ), AlertType.CLOUD, severities=_FIVE),
    Tool("azuremonitor", like(
        r"Azure:?\s*(?P<kind>Activated|Deactivated)\s+Severity: (?P<sev>\d) (?P<name>.+)"
    ), AlertType.CLOUD, severities=_FIVE),
    Tool("uptimerobot", like(r"Monitor is (?P<state>DOWN|UP): (?P<name>.+)"), AlertType.UPTIME,
         title="{name} is {state}"),
    Tool("pingdom", like(
        r"(?P<state>DOWN|UP) alert: (?P<name>.+?)(?: \((?P<area>[^)]+)\))? is (?:DOWN|UP)"
    ), AlertType.UPTIME, title="{name} is {state}"),
    Tool("uptimekuma", like(
        r"\[(?P<name>[^\]]+)\] \[\W{0,4}(?P<state>Up|Down)\]\s*(?P<message>.*)"
    ), AlertType.UPTIME, title="{name} is {state}: {message}"),
    Tool("healthchecks", like(r"\W{0,4}(?P<state>DOWN|UP) \| (?P<name>.+)"), AlertType.HEARTBEAT,
         title="{name} is {state}"),
    Tool("jenkins", like(
        r"(?:Build (?:failed in|still failing in) Jenkins|Jenkins build (?:became|is still)"
        r" unstable|Build failed in Hudson):\s*(?P<name>.+?) #\d+"
    ), AlertType.CI, FIRING, title="{name} failed"),
    Tool("jenkins", like(r"Jenkins build is back to (?:normal|stable)\s*:\s*(?P<name>.+?) #\d+"),
         AlertType.CI, RESOLVED),
    Tool("github", like(
        r"\[(?P<area>[\w./-]+)\] (?:PR )?run (?P<state>failed|cancelled|succeeded)(?: at startup)?:"
        r" (?P<name>.+?) - (?P<branch>.+?)(?: \([0-9a-f]{6,40}\))?$"
    ), AlertType.CI, title="{name} on {branch} of {area} {state}",
        then=lambda s, p, m, f: replace(
            s, key=f"{p['area']} {p['name']} {p['branch']}".casefold())),
    Tool("gitlab", like(
        r"(?P<name>.+?) \| (?P<state>Failed|Fixed|Successful) pipeline for (?P<area>\S+) \|.*"
    ), AlertType.CI, title="Pipeline of {name} for {area} {state}"),
)  # fmt: skip


def _dimension(text: str) -> str:
    """What CloudWatch measures: ``- Dimensions: [InstanceId = i-0abc]``."""
    found = re.search(r"Dimensions:\s*\[\s*\w+ ?= ?([^\],\s]{1,200})", text[:20_000])
    return found[1] if found else ""
