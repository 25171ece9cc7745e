"""What stays the same in the subjects of one problem's mails, and the title among them."""

from __future__ import annotations

import re

from integrations.email.subject import ANY_SIGN, BRACKET, HEAD, NO_FAULT, is_label
from integrations.email.words import SEVERITIES, STATES, WEAK

_STOP = frozenset(
    ("is", "are", "was", "were", "has", "have", "had", "been", "went", "goes", "back", "now",
     "again", "still", "no", "longer", "not", "in", "the", "a", "an", "state", "status", "to",
     "from", "changed", "became", "gone", "completed", "complete", "completes", "finished",
     "done", "with", "partially", "after", "since", "for", "at", "by", "returned", "could",
     "couldn", "unable", "cannot", "can", "t", "alert", "alerts", "alarm", "alarms", "alarming",
     "exceeds", "exceeding", "any", "more", "warnings", "en", "low", "high", "above", "below",
     "over", "under", "threshold", "value", "exceed", "normally", "operating", "running", "läuft",
     "wieder", "problems", "times", "timed", "out", "reached", "loss", "and", "of", "got", "came",
     "some")
)  # fmt: skip
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_COUNTED = (
    r"alerts?|errors?|warnings?|objects?|files?|times?|problems?|issues?|attempts?|failures?|items?"
    r"|events?|messages?|updates?|packages?|vms?|tasks?|tests?|retries|instances?|jobs?"
)
_CHANGES = re.compile(
    r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d\S{0,20})?|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b"
    rf"|\b\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?\b|\b{_MONTH} \d{{1,2}}(?:, ?\d{{4}}|\b)"
    r"|\b\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?:\s?[ap]\.?m\.?)?(?:\s?(?:utc|gmt|[+-]\d\d:?\d\d))?"
    r"|[#№]\s?\d+|[=<>]\s?-?\d+(?:[.,]\d+)*\s?[%a-z]{0,3}\b|\b\d{9,}\b"
    r"|(?<![\w.,:/-])-?\d{1,15}(?:[.,]\d{1,9})?(?:\s?[%‰°]c?|\s?(?:[num\u00b5]?s|secs?|seconds?|m|mins?"
    r"|minutes?|h|hrs?|hours?|d|days?|w|weeks?|[kmgtp]?i?b(?:it|yte)?s?(?:/s)?|bps|mbps|rpm|volts?|v|ms)\b)"
    rf"|(?<![\w.,:/-])\d{{1,9}}(?= (?:new |active |more )?(?:{_COUNTED})\b)"
    r"|\b(?:http|code|rc|errno|exit|threshold of|threshold|with value|with|value)\W{0,2}\d{1,9}\b"
    r"|\b\d{1,9} (?:of|/) \d{1,9}\b|\((?:was|previously|after)\b[^)]{0,80}\)"
    r"|(?<![\w.,:/-])\d{1,15}[.,]\d{1,9}(?![\w.,:/-])|\(\s?\d{1,9}\s?\)", re.IGNORECASE,
)  # fmt: skip
_PIECE = re.compile(r"[^\W_](?:[\w.:/@+-]{0,200}[\w])?")


def steady(subject: str) -> str:
    """A subject less what differs between the mails of one problem: states, counts, times.

    ``[FIRING:1] Disk 94 % full on db-3`` and ``Recovered: disk on db-3`` are both ``disk on
    db-3``; ``node 3`` and ``node 4`` stay apart.
    """
    less = BRACKET.sub(lambda m: " " if is_label(m[1]) else m[0], subject[:600])
    less = ANY_SIGN.sub(" ", less)
    if (head := HEAD.match(less)) and is_label(head[1]):
        less = less[head.end() :]
    less = NO_FAULT.sub(" ", _CHANGES.sub(" ", less))
    return " ".join(word for word in _PIECE.findall(less.casefold()) if not _passes(word))


def _passes(word: str) -> bool:
    bare = word.strip(":./-")
    return bare in STATES or bare in _STOP or bare in WEAK or bare in _SEVERITY_ONLY


_SEVERITY_ONLY = frozenset(SEVERITIES) - {"high", "low", "major", "minor", "average", "medium"}


def headline(subject: str) -> str:
    """A subject as a title: without the label before it that only says the state."""
    found = ANY_SIGN.sub("", subject).strip(" *")
    for _ in range(4):
        match = BRACKET.match(found)
        head = None if match else HEAD.match(found)
        label = match or head
        if label is None or not is_label(label[1]):
            break
        rest = found[label.end() :].strip(" *:|–—-")
        if not rest:
            break
        found = rest
    return " ".join(found.split())
