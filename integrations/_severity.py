"""The words monitors use for how bad it is, as the four severities of PagerDuty's CEF."""

from __future__ import annotations

import re

from store.model import Severity

_WORDS = {
    Severity.CRITICAL: (
        "critical crit fatal page pager emergency emerg panic disaster severe urgent highest"
        " blocker down outage red p0 p1 s0 s1 sev0 sev1 priority1 very_high alert"
    ),
    Severity.ERROR: (
        "error err high major p2 s2 sev2 priority2 failure failed unreachable exception"
        " serious important"
    ),
    Severity.WARNING: (
        "warning warn medium moderate average minor degraded yellow orange amber p3 s3 sev3"
        " priority3 ticket attention caution unusual trouble"
    ),
    Severity.INFO: (
        "info information informational informative notice note negligible advisory low lowest"
        " debug trace verbose none ok normal clear cleared good green trivial not_classified p4 p5"
        " s4 s5 sev4 sev5 priority4 priority5"
    ),
}
_TABLE = {word: severity for severity, words in _WORDS.items() for word in words.split()}
# "Sev 1 (page)", "5-Disaster", "ALERT_CRITICALITY_LEVEL_WARNING": the first word that decides.
_TOKENS = re.compile(r"(?:sev|p|s|priority)[ _-]?[0-5](?![0-9])|[a-z]+")
_TOO_COMMON = frozenset(("alert", "page", "not", "normal", "down"))


def words(severity: Severity) -> list[str]:
    """The words that mean a severity."""
    return _WORDS[severity].split()


def severity(word: str | None, default: Severity = Severity.ERROR) -> Severity:
    """The severity a monitor's word stands for; ``default`` where it is missing or unknown.

    Missing and unknown words are ``error``: Alertmanager's own PagerDuty receiver sends that
    where nothing is set, and a rule whose author forgot the label must still wake somebody.
    ``none`` is ``info`` (kube-prometheus marks Watchdog so). Of five levels the second is
    ``error``, the third ``warning``. Azure's Sev0…Sev4 and bare numbers mean other things in
    every tool: their integrations have tables of their own.
    """
    if not word:
        return default
    found = _TABLE.get(word)
    return found if found is not None else _loosely(word[:200].strip().casefold(), default)


def known(word: str) -> Severity | None:
    """As ``severity``, but None for a word of no known meaning; the whole word must match."""
    folded = re.sub(r"[ _-]+", "_", word.strip().casefold())
    return _TABLE.get(folded) or _TABLE.get(folded.replace("_", ""))


def _loosely(word: str, default: Severity) -> Severity:
    if (exact := known(word)) is not None:
        return exact
    tokens = (re.sub(r"[ _-]", "", token) for token in _TOKENS.findall(word))
    found = (_TABLE[token] for token in tokens if token in _TABLE and token not in _TOO_COMMON)
    return next(found, default)
