"""The words that say in mails how things are and how bad: tables, and a word looked up in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from store.model import AlertStatus, Severity

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED
ACKNOWLEDGED, INFO = AlertStatus.ACKNOWLEDGED, AlertStatus.INFO

_STATES = {
    FIRING: (
        "problem alerting firing fired triggered retriggered re-triggered trigger down offline"
        " critical crit warning warn error errors err failed failure failures fail failing fails"
        " unreachable unavailable inaccessible degraded outage emergency fatal disaster activated"
        " opened timeout breached violated violation unhealthy crashed crash faulted fault lost"
        " exceeded unknown unusual missing late overdue missed expired expiring expires unstable"
        " broken dead died stopped nodata no_data insufficient removed red amber orange panic"
        " unresponsive disconnected rejected corrupted corrupt overheated exception denied full"
        " aborted incomplete still_failing open opens störung gestört ausgefallen ausfall fehler"
        " fehlgeschlagen kritisch warnung panne échec critique erreur avertissement fallo caído"
        " crítico errore critico"
    ),
    RESOLVED: (
        "ok okay up online recovered recovery recovers resolved resolves closed cleared clear"
        " normal restored success successful successfully succeeded succeeds passed fixed healthy"
        " deactivated ended established available reachable responding responds working accessible"
        " connected stable green inactive reconnected replaced entstört entstörung behoben"
        " erfolgreich wiederhergestellt rétabli rétablie rétablissement résolu résolue réussi"
        " réussie resuelto recuperado restaurado risolto ripristinato"
    ),
    ACKNOWLEDGED: "acknowledged acknowledgement acknowledgment ack acked",
    INFO: (
        "info information informational notice maintenance flappingstart flappingstop"
        " flappingdisabled downtimestart downtimeend downtimestop downtimecancelled"
        " downtimeremoved test testing insufficient_data scheduled started starting digest report"
        " summary newsletter invitation welcome verify verification reminder cancelled canceled"
    ),
}  # fmt: skip
STATES: Mapping[str, AlertStatus] = {
    word: status for status, said in _STATES.items() for word in said.split()
}

WEAK = frozenset(("alert", "alerts", "alarm", "alarms", "incident", "event", "notification",
                   "issue", "trouble", "alerte", "alarme", "alarma", "alerta"))  # fmt: skip
"""Words that head mails of either kind: ``ALERT: db-3 recovered``."""
NOUNS = frozenset(
    ("problem", "violation", "outage", "error", "errors", "failure", "failures", "crash", "fault",
     "exception", "warning", "emergency", "störung", "ausfall", "fehler", "panne", "fallo")
)  # fmt: skip
"""What can be over: ``Violation closed`` is no violation any more."""
SOFT = frozenset(("report", "summary", "digest", "newsletter", "reminder", "started", "starting",
                  "scheduled"))  # fmt: skip
"""Words that only head a mail: what it reports comes after them."""
FILLERS = frozenset(
    ("alert", "alerts", "alarm", "alarms", "incident", "event", "state", "status", "severity",
     "priority", "level", "sev", "high", "highest", "medium", "moderate", "low", "lowest", "major",
     "minor", "urgent", "severe", "host", "service", "monitor", "new", "now", "was", "is", "and",
     "average", "blocker", "message", "notification", "yellow", "re", "in", "no", "data", "mail",
     "system", "server", "job", "backup", "check", "issue")
)  # fmt: skip
_SEVERITY = {
    Severity.CRITICAL: "critical crit fatal emergency emerg panic disaster severe urgent highest"
                       " blocker down outage red p0 p1 s0 s1 sev0 sev1 dead",
    Severity.ERROR: "error errors err high major p2 s2 sev2 failed failure failures fail failing"
                    " unreachable exception crashed",
    Severity.WARNING: "warning warn medium moderate average minor degraded yellow orange amber p3"
                      " s3 sev3 unusual expiring unstable overdue late",
    Severity.INFO: "info information informational notice low lowest p4 p5 s4 s5 sev4 sev5"
                   " not_classified",
}  # fmt: skip
SEVERITIES: Mapping[str, Severity] = {
    word: severity for severity, said in _SEVERITY.items() for word in said.split()
}
_ALL_SIGNS = {
    FIRING: "🔴🟥❌🚨🔥⛔🛑💥❗🆘⚠🟡🟠🟨🟧⬇🔻",
    RESOLVED: "✅🟢🟩💚✔☑👍⬆🆗",
    INFO: "ℹ🔵🟦",
}
SIGNS = {sign: status for status, signs in _ALL_SIGNS.items() for sign in signs}
MILD_SIGNS = "⚠🟡🟠🟨🟧"


def status_of(word: str) -> AlertStatus | None:
    """What a whole word or phrase means: ``No data``, ``CRITICAL``, ``acknowledged``."""
    folded = re.sub(r"[\s-]+", "_", word[:60].strip(" \t.!*()[]\"'").casefold())
    return STATES.get(folded) or STATES.get(folded.replace("_", "-")) or _first_of(folded)


def _first_of(folded: str) -> AlertStatus | None:
    head, _, rest = folded.partition("_")
    return STATES.get(head) if rest.startswith(("(", "ended")) or not rest else None
