"""The words tools use for whether something is wrong. A strict table: no title is ever read."""

from __future__ import annotations

import re
from collections.abc import Mapping

from store.model import AlertStatus

_EVENTS = {
    AlertStatus.FIRING: (
        "problem trigger triggered re_triggered retriggered renotify fired firing activate"
        " activated reopen reopened unacknowledge unacknowledged"
    ),
    AlertStatus.RESOLVED: (
        "recovery recover recovered resolve resolved close closed clear cleared deactivate"
        " deactivated auto_resolved"
    ),
    AlertStatus.ACKNOWLEDGED: "acknowledgement acknowledgment acknowledge acknowledged ack acked",
    AlertStatus.INFO: (
        "flappingstart flappingstop flappingend flappingdisabled downtimestart downtimeend"
        " downtimestop downtimecancelled downtimeremoved ping test testing comment note custom"
        " addnote addtags removetags addteam addrecipient assign assigned assignownership"
        " priority_updated"
    ),
}
_STATES = {
    AlertStatus.FIRING: (
        "alerting alert alarm in_alarm active open opened down critical crit warning warn error err"
        " failed failure fail failing unhealthy degraded unreachable offline breached violated"
        " violation broken errored timeout timed_out outage major_outage partial_outage"
        " unavailable not_responding missing anomalous unacked unstable no_data nodata bad red"
        " crashed partialoutage majoroutage emergency fatal investigating identified monitoring"
        " danger still_failing exception"
        " startup_failure incident unusual unknown disaster late exceeded expired"
    ),
    AlertStatus.RESOLVED: (
        "ok okay normal up healthy fixed inactive ended success succeeded successful passed pass"
        " passing online available operational good green restored reporting working reachable"
        " back_to_normal no_alarm ready reset solved"
    ),
    AlertStatus.INFO: (
        "info information informational pending queued running started in_progress waiting"
        " inprogress progressing planned killed scheduled paused muted"
        " maintenance under_maintenance cancelled canceled aborted skipped"
        " neutral insufficient_data building blocked requested ignored snoozed silenced"
        " suppressed debug notice merged superseded duplicate"
    ),
}
_LATE = {
    AlertStatus.FIRING: "create created new occurred opening raised",
    AlertStatus.RESOLVED: "delete deleted completed_successfully",
    AlertStatus.INFO: "update updated start",
}
_OF_TROUBLE = {
    AlertStatus.FIRING: "started pending created new in_progress inprogress ongoing waiting",
    AlertStatus.ACKNOWLEDGED: "accepted",
    AlertStatus.RESOLVED: "completed complete done finished cancelled canceled over expired",
}

Table = Mapping[str, AlertStatus]


def _table(words: Mapping[AlertStatus, str]) -> dict[str, AlertStatus]:
    return {word: status for status, said in words.items() for word in said.split()}


EVENTS: Table = _table(_EVENTS)
"""What happened. These come before states: Nagios acknowledges with state CRITICAL."""

STATES: Table = {**EVENTS, **_table(_STATES)}
"""How things are."""

LATE: dict[str, AlertStatus] = {**STATES, **_table(_LATE)}
"""Words that mean something only where nothing else is said."""
del LATE["normal"]  # Kubernetes' type of every harmless event

OF_TROUBLE: Table = _table(_OF_TROUBLE)
"""What the state of an alert or incident means, other than that of a job."""

OF_RUNS = frozenset(("create", "created", "new"))
"""A job in one of these has not failed."""

OVER: Table = _table({AlertStatus.RESOLVED: "ok okay clear cleared resolved recovered recovery"})
"""Severities that say that it is over (Kapacitor's level, Netdata's severity)."""

_VERBS = _table(
    {
        AlertStatus.FIRING: (
            "trigger triggered activate activated open opened reopened fire fired firing violated"
            " failed failure missing occurred reoccurred breached reactivated expires expiring"
            " expired exceed exceeded"
        ),
        AlertStatus.RESOLVED: (
            "resolve resolved recover recovered recovery close closed clear cleared end ended"
            " deactivate deactivated reporting success succeeded successful passed fixed renewed"
            " restored"
        ),
        AlertStatus.ACKNOWLEDGED: "acknowledge acknowledged acknowledgement ack acked",
        AlertStatus.INFO: "comment commented note assigned unassigned snoozed",
    }
)
_UP_OR_DOWN = _table({AlertStatus.FIRING: "down", AlertStatus.RESOLVED: "up"})
_THINGS = frozenset(
    ("monitor", "check", "service", "host", "site", "server", "node", "endpoint", "device")
)
_PLANNED = frozenset(("maintenance", "downtime", "schedule"))
_CREATED = frozenset(("created", "create", "new", "raised", "started"))
_TROUBLE = frozenset(("alert", "incident", "problem", "alarm", "outage", "issue", "ticket"))
_NO = frozenset(("not", "no", "un", "never", "test"))
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_BRACKET = re.compile(r"\[\s*([^\W_]+)[^\]]{0,80}\]")
_AMOUNT = re.compile(
    r"(?<![\w.,:/-])\d{1,15}(?:[.,]\d{1,9})?(?:\s?[%‰]|\s?(?:[num\u00b5]?s|secs?|seconds?|m|mins?|minutes?"
    r"|h|hours?|d|days?|[kmgt]?i?b|bytes)\b)|(?<![\w.,:/-])\d{1,15}\.\d{1,9}(?![\w.,:/-])",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[._:/-]*[^\W_]+)*")
_INSIDE = re.compile(r"([^()]+)_\((?:now:_)?([^()_]+)[^()]*\)")
_PREFIX = re.compile(r"(?:alert|incident|monitor|event|check)_")


def status(word: str, table: Table) -> AlertStatus | None:
    """What a whole word means: ``incident.acknowledged``, ``ALERT_RECOVERY``, ``Timed out``."""
    folded = fold(word)
    for candidate in (folded, folded.rpartition(".")[2], _PREFIX.sub("", folded, count=1)):
        if (found := table.get(candidate)) is not None:
            return found
    return _of_phrase(folded, table) if "_" in folded else None


def _of_phrase(folded: str, table: Table) -> AlertStatus | None:
    """``Down (Acknowledged)``, ``Down ended (now: Up)``, ``Performance degraded``, ``Back up``."""
    if bracket := _INSIDE.fullmatch(folded):
        inside = table.get(bracket[2])
        return inside if inside is not None else status(bracket[1], table)
    tokens = folded.split("_")
    if len(tokens) > 3 or not _NO.isdisjoint(tokens):
        return None
    return table.get(tokens[-1])


def fold(word: str) -> str:
    """``Timed out`` and ``TIMED-OUT`` → ``timed_out``."""
    return re.sub(r"[\s-]+", "_", word[:80].strip().casefold())


def is_state(word: str) -> bool:
    """Whether it says that something is wrong or is not, and nothing else."""
    return LATE.get(fold(word)) in (AlertStatus.FIRING, AlertStatus.RESOLVED)


def happened(word: str) -> AlertStatus | None:
    """What the name of an event says: ``HEALTH_RULE_VIOLATION_ENDED``, ``AlertClosed``.

    The last verb counts; a name that denies one (``not_resolved``) says nothing.
    """
    tokens = [token.casefold() for token in _TOKEN.findall(word[:80])]
    if len(tokens) < 2 or not _NO.isdisjoint(tokens):
        return None
    if tokens[-2:] == ["configuration", "change"] or not _PLANNED.isdisjoint(tokens):
        return AlertStatus.INFO
    if len(tokens) > 2 and tokens[-2] == "to" and tokens[-1] in STATES:  # FIRING_TO_OK
        return STATES[tokens[-1]]
    if " " in word.strip():
        return None
    if tokens[-1] in _CREATED and tokens[-2] in _TROUBLE:
        return AlertStatus.FIRING
    if tokens[-1] == "accepted" and tokens[-2] in _TROUBLE:
        return AlertStatus.ACKNOWLEDGED
    if tokens[0] in _THINGS and (found := _UP_OR_DOWN.get(tokens[-1])):
        return found
    return next((_VERBS[token] for token in reversed(tokens) if token in _VERBS), None)


def steady(text: str) -> str:
    """A title less what differs between its posts: states, percentages, durations, sizes.

    ``[FIRING:1] Disk 94 % full on db-3`` and ``Disk 71.5 % full on db-3`` are the same. Other
    numbers stay: ``node 3`` is not ``node 4``.
    """
    less = _BRACKET.sub(lambda found: "" if found[1].casefold() in LATE else found[0], text)
    less = _AMOUNT.sub(" ", less)
    kept = [word for word in _WORD.findall(less.casefold()) if word not in LATE]
    return " ".join(kept) or text
