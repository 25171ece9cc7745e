"""Mails a machine sends of itself: cron, disks, arrays, power, backups, logs and their watchers."""

from __future__ import annotations

import re
from dataclasses import replace

from integrations.email import lines
from integrations.email.mime import Mail
from integrations.email.template import Parts, Said, Tool, like
from integrations.email.words import FIRING, INFO, RESOLVED
from store.model import AlertStatus, AlertType, Severity

CRITICAL, ERROR, WARNING = Severity.CRITICAL, Severity.ERROR, Severity.WARNING

# ---- disks and arrays --------------------------------------------------------------------------

_MDADM = {
    "fail": (FIRING, CRITICAL), "degradedarray": (FIRING, CRITICAL),
    "devicedisappeared": (FIRING, CRITICAL), "failspare": (FIRING, ERROR),
    "sparesmissing": (FIRING, WARNING), "rebuildfinished": (RESOLVED, None),
    "spareactive": (RESOLVED, None),
}  # fmt: skip


def _mdadm(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """A rebuild that has ended, or a spare in use, ends what failed; its progress is news."""
    event, device = parts["kind"], parts["name"]
    status, severity = _MDADM.get(event.casefold(), (INFO, None))
    return replace(said, status=status, severity=severity, word=event, service=device,
                   title=f"{event} of {device} on {parts['host']}")  # fmt: skip


def _smartd(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """The disk stands in the text; its other mails of the same kind are the same alert."""
    what, device = parts["area"], re.sub(r"[,;].*", "", found.get("device", ""))
    test = what.casefold() == "emailtest"
    worst = what.casefold() in ("health", "failedhealthcheck", "selftest")
    place = f"{device} on {parts['host']}" if device else parts["host"]
    return replace(
        said, status=INFO if test else FIRING, severity=CRITICAL if worst else ERROR, word=what,
        title=f"SMART error ({what}): {place}", key=f"{parts['host']} {device} {what}".casefold(),
    )  # fmt: skip


def _pool(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """``zpool status`` stands in the text; what ends with the pool online is well."""
    state = found.get("state", "")
    well = state.startswith("ONLINE") and "No known data errors" in mail.text
    finished = "finish" in parts["kind"].casefold()
    status = RESOLVED if well and finished else FIRING
    severity = None if finished else CRITICAL
    return replace(
        said, status=status, word=state or parts["kind"], severity=severity,
        title=f"ZFS {parts['kind']} of pool {parts['name']} on {parts['host']}",
    )  # fmt: skip


# ---- power -------------------------------------------------------------------------------------

_PHRASES = tuple(
    (re.compile(pattern, re.IGNORECASE), about, severity, status)
    for about, severity, status, pattern in (
        ("power", CRITICAL, FIRING, ("battery is low|low battery|forced shutdown"
         "|shutdown proceeding|battery (?:is )?(?:nearly )?(?:exhausted|discharged)")),
        ("power", None, RESOLVED, ("line power|on[- ]?line|no longer on battery|running on mains"
         "|mains returned|power (?:is back|has returned|has been restored|restored|returned)")),
        ("power", ERROR, FIRING, ("on battery|power failure|mains failed"
                                 "|power (?:has )?(?:failed|lost|out)")),
        ("communication", None, RESOLVED, "communication.{0,60}(?:restored|established)"),
        ("communication", WARNING, FIRING, ("communication.{0,60}lost|is unavailable"
         "|not available")),
        ("battery", None, RESOLVED, ("battery (?:has been )?(?:reattached|replaced)"
         "|self[- ]test passed")),
        ("battery", ERROR, FIRING, ("battery (?:needs|must|has|is|should).{0,40}(?:chang|replac)"
         "|replace (?:the )?battery|battery.{0,20}(?:disconnected|fault)"
         "|self[- ]test (?:has )?failed")),
        ("load", None, RESOLVED, "no longer overloaded|overload.{0,20}(?:cleared|resolved)"),
        ("load", ERROR, FIRING, "overload"),
    )
)  # fmt: skip
_UPS_NAME = re.compile(
    r"\b(?:(?=UPS[-_]\w)|UPS[ :]+)"
    r"((?!(?:on|is|power|battery|no|has|communications?)\b)[\w.@-]+)", re.IGNORECASE,
)  # fmt: skip


def _ups(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """Power that returns ends what its loss began, by other words; a battery is another matter."""
    subject = parts["name"]
    for pattern, about, severity, status in _PHRASES:
        if match := pattern.search(subject):
            named = _UPS_NAME.search(subject)
            name = named[1] if named else lines.first(found, ("name", "upsname", "location"))
            host = name or lines.first(found, lines.HOST)
            return replace(said, status=status, severity=severity, word=match[0], title=subject,
                           host=host, service="", key=f"ups {name} {about}".casefold())  # fmt: skip
    return Said()


# ---- backups -----------------------------------------------------------------------------------

_RESULTS = {"none": INFO, "fatal error": FIRING, "cancelled": FIRING, "canceled": FIRING,
            "cancellation": FIRING, "completed": RESOLVED}  # fmt: skip


def _backup(name: str, pattern: str, **more: str) -> Tool:
    shows = like(more["shows"]) if "shows" in more else None
    return Tool(name, like(pattern), AlertType.SERVICE, states=_RESULTS, shows=shows,
                title=more.get("title", ""))  # fmt: skip


BACKUPS = (
    _backup("veeam", r"(?:Veeam [^\[]{0,40})?\[(?P<state>Success|Warning|Failed|Error|None)\]\s+"
                     r"(?P<name>.+?)(?:\s+\(\d+ [a-z]+\))?(?:\s+\d+ (?:failed|warning|error).*)?$",
            shows="veeam|backup", title="{name}: {state}"),
    _backup("proxmox", r"vzdump backup status \((?P<host>[^)]+)\)\s*:?\s*(?P<name>backup) "
                       r"(?P<state>successful|failed)", title="Backup of {host} {state}"),
    _backup("proxmox", r"Replication Job:? '?(?P<name>[\w-]+)'? (?P<state>failed|succeeded)",
            title="Replication job {name} {state}"),
    _backup("backupexec", r"Backup Exec Alert: Job (?P<state>[A-Z]\w+) \(Server: \"(?P<host>[^\"]+)"
                          r"\"\)\s*\(Job: \"(?P<name>[^\"]+)\"\)",
            title="{name} on {host}: {state}"),
    _backup("bacula", r"Bacula: (?P<name>Backup|Restore|Copy|Verify) (?P<state>OK|Fatal Error|Error"
                      r"|Canceled)(?: -- with warnings)? of (?P<host>\S+)(?: \S+)?",
            title="{name} of {host}: {state}"),
)  # fmt: skip

# ---- the machine's own mails -------------------------------------------------------------------


def _level(said: Said, parts: Parts, mail: Mail, found: Parts) -> Said:
    """OSSEC's levels 0 to 15, and the rule that fired."""
    level = int(parts["state"])
    rule = re.search(r"Rule: (\d+) .{0,40}-> \"?([^\"\n]{3,200})", mail.text)
    severity = (
        CRITICAL if level >= 12 else ERROR if level >= 10 else WARNING if level >= 7
        else Severity.INFO
    )  # fmt: skip
    title = f"{rule[2]} on {parts['host']}" if rule else f"Level {level} on {parts['host']}"
    return replace(said, severity=severity, word=f"level {level}", title=title,
                   key=f"{parts['host']} {rule[1] if rule else level}".casefold())  # fmt: skip


def _fixed(name: str, pattern: str, status: AlertStatus | None, severity: Severity | None = None,
           title: str = "", type: AlertType = AlertType.HOST) -> Tool:  # fmt: skip
    return Tool(name, like(pattern), type, status, severity, title=title)


MACHINES = (
    _fixed("cron", r"Cron <(?P<user>[^@>]+)@(?P<host>[^>]+)>\s*(?P<name>.+)", FIRING, WARNING,
           "Cron on {host}: {name}"),
    _fixed("cron", r"Anacron job '(?P<name>[^']+)' on (?P<host>\S+)", FIRING, WARNING,
           "Anacron on {host}: {name}"),
    Tool("smartd", like(r"SMART error \((?P<area>\w+)\) detected on host: (?P<host>\S+)"),
         AlertType.HOST, then=_smartd),
    Tool("mdadm", like(r"(?P<kind>\w+) event on (?P<name>/\S+?):(?P<host>\S+)"), AlertType.HOST,
         then=_mdadm),
    Tool("zfs", like(r"ZFS (?P<kind>.+?) (?:event |fault |error )?for (?:pool )?(?P<name>\S+) on "
                     r"(?P<host>\S+)"), AlertType.HOST, then=_pool),
    Tool("ups", like(r"(?P<name>.*\b(?:UPS|apcupsd|nut)\b.*)"), AlertType.HOST, then=_ups),
    *BACKUPS,
    _fixed("proxmox", r"New software packages available \((?P<host>[^)]+)\)", INFO),
    _fixed("logwatch", r"Logwatch for (?P<host>\S+)", INFO),
    _fixed("fail2ban", r"\[Fail2Ban\] (?P<name>.+?)(?: from (?P<host>\S+))?$", INFO,
           type=AlertType.SECURITY),
    _fixed("rkhunter", r"\[rkhunter\] (?P<name>Warnings found) for (?P<host>\S+)", FIRING, WARNING,
           type=AlertType.SECURITY),
    _fixed("sudo", r"\*\*\* (?P<name>SECURITY information) for (?P<host>\S+) \*\*\*", FIRING,
           WARNING, type=AlertType.SECURITY),
    Tool("unattended-upgrades", like(
        r"(?:\[[^\]]*\]\s*)?(?P<name>unattended-upgrades) result for '?(?P<host>[^':]+)'?:?\s*"
        r"(?P<state>SUCCESS|FAILURE|True|False)"
    ), AlertType.HOST, severity=WARNING, states={"true": RESOLVED, "false": FIRING}),
    Tool("wazuh", like(r"(?:OSSEC|Wazuh) (?:HIDS )?notification - (?P<host>.+?) - Alert level "
                       r"(?P<state>\d{1,2})"), AlertType.SECURITY, FIRING, then=_level),
    _fixed("aws_sns", r"AWS Notification - Subscription Confirmation", INFO,
           title="Confirm this subscription: the address is in the mail", type=AlertType.CLOUD),
)  # fmt: skip
