"""A page read aloud: digits apart, names of machines spelled, and the keys that answer."""

from __future__ import annotations

import re

from bot.cards import words
from bot.cards.view import View
from store.model import IncidentStatus, Severity

LONGEST = 200
KEYS = "Press 1 to acknowledge, 2 to escalate, 9 to repeat."
ONE = "Press 1 to say that you hear it."
REPEAT = "Press 9 to repeat."
_WORD = {
    Severity.CRITICAL: "Critical",
    Severity.ERROR: "Error",
    Severity.WARNING: "Warning",
    Severity.INFO: "Info",
}
_SIGNS = (
    (re.compile(r"\s*%"), " percent"), (re.compile(r"\s*°\s*C\b"), " degrees"),
    (re.compile(r"&"), " and "), (re.compile(r"\s*\+\s*"), " plus "),
    (re.compile(r"\s+(?:≥|>=)\s*"), " at least "), (re.compile(r"\s+(?:≤|<=)\s*"), " at most "),
    (re.compile(r"\s+>\s+"), " above "), (re.compile(r"\s+<\s+"), " below "),
)  # fmt: skip
_PARTS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)?")
_VOWELS = frozenset("aeiouyAEIOUY")
_MACHINE = re.compile(r"[A-Za-z]\d|\d[A-Za-z]|\w[-_./:@]\w")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def incident(view: View, *, answers: bool = True) -> str:
    """``Critical. Incident 1 8 4 2. Disk 94 percent full on d b 3. Press 1 to acknowledge, 2 to
    escalate, 9 to repeat.``"""
    i = view.incident
    head = f"{_WORD[i.severity]}. Incident {apart(i.id)}. {aloud(i.title) or 'No title'}."
    if view.phase in {"resolved", "merged"}:
        return f"Incident {apart(i.id)} is resolved. {aloud(i.title)}."
    if i.status is IncidentStatus.ACKNOWLEDGED:
        head += f" {aloud(view.names(i.holder or 'somebody'))} already has it."
        return f"{head} {REPEAT}" if answers else head
    return f"{head} {KEYS}" if answers else head


def apart(number: int) -> str:
    """``1 8 4 2``."""
    return " ".join(str(number))


def aloud(text: str) -> str:
    """Words as a voice reads them well: ``db-3`` is d b 3, ``94 %`` is 94 percent."""
    said = words.cut(words.clean(text), LONGEST)
    for sign, spoken in _SIGNS:
        said = sign.sub(spoken, said)
    return " ".join(filter(None, map(_token, said.split())))


def _token(token: str) -> str:
    core = token.strip("()[]{}\"'“”‘’`<>*_#|…")
    stop = core[-1:] if core[-1:] in (".", ",", ":", ";") else ""
    bare = core.rstrip(".,:;!?")
    if not bare:
        return ""
    if _NUMBER.fullmatch(bare) or not _MACHINE.search(bare):
        return " ".join(re.findall(r"[^\W_]+(?:[.,:'’][^\W_]+)*", bare)) + (
            "," if stop == "," else ""
        )
    return " ".join(map(_part, _PARTS.findall(bare)))


def _part(part: str) -> str:
    """A piece of a machine's name: letters that make no word are spelled."""
    if part.isascii() and part.isalpha() and (len(part) <= 2 or not _VOWELS & set(part)):
        return " ".join(part)
    return part
