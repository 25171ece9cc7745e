"""What a subject says of how things are.

Unlike a webhook's field a subject is a sentence, so that place counts as much as the word: what
stands in brackets or before a colon comes before what the sentence says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from integrations.email.words import (
    ACKNOWLEDGED,
    FILLERS,
    FIRING,
    INFO,
    MILD_SIGNS,
    NOUNS,
    RESOLVED,
    SEVERITIES,
    SIGNS,
    SOFT,
    STATES,
    WEAK,
    status_of,
)
from store.model import AlertStatus, Severity

ANY_SIGN = re.compile("[" + "".join(SIGNS) + "\ufe0f]")
_ANSWER = re.compile(
    r"(?:(?:re|fwd?|aw|wg|tr|sv|vs|rv|enc|antw|doorst|odp|r|i)(?:\[\d{1,3}\])?:"
    r"|\[(?:external|ext|extern|spam|\*+spam\*+)\]|\*{2,5}\s?spam\s?\*{2,5})\s*", re.IGNORECASE,
)  # fmt: skip
BRACKET = re.compile(r"\[([^\[\]]{1,80})\]")
HEAD = re.compile(r"[\s*#]*([^\W_][\w /#-]{0,40}?)[\s*]*(?::|\s[-–—|]+\s|\s?\|)(?!//)")
_WORD = re.compile(r"\b[ps]\d\b|\bsev\s?\d\b|[^\W\d_]+(?:[_-][^\W\d_]+)*", re.IGNORECASE)
_TOWARDS = re.compile(
    r"(?:-+>|→|⇒|=>|\bfrom \W?[\w-]{1,30}\W? to\b|\bchanged to\b|\bnow:?|\bback to\b"
    r"|\bentered(?: the)?\b)\s*\W{0,3}([\w-]{2,30})", re.IGNORECASE,
)  # fmt: skip
_LINK = r"is|are|was|were|went|goes|has|have|had|been|became|gone|status|state|result|gets|got|came"
_SAYS = re.compile(
    rf"\b(?:{_LINK})\b[\s:=]{{1,3}}((?:(?:now|back|again|been|in|a|an|the|still|currently|gone"
    rf"|no longer|not|{_LINK})\s+){{0,4}})\W{{0,2}}([\w-]{{2,30}})", re.IGNORECASE,
)  # fmt: skip
_NOT = re.compile(r"\b(?:not|no longer|isn't|never)\b", re.IGNORECASE)
_END = re.compile(r"(?:^|[\s:|(\[–—-])([^\W\d_][\w-]{1,30})[\s)\]!.*]{0,6}$")
_NAMED = re.compile(
    r"(?:[\w-]*[\d.-][\w.-]*|\b(?:link|port|interface|host|server|service|site|node|tunnel|peer|system"
    r"|device|instance|connection|network|website|monitor))[\s:|(–—-]*$", re.IGNORECASE,
)  # fmt: skip
_LOUD = re.compile(r"(?<![\w.-])[A-Z][A-Z_]+(?![\w.-]|\.\w)")

NO_FAULT = re.compile(
    r"\b(?:0|no|zero|without(?: any)?) (?:new )?(?:errors?|warnings?|failures?|failed|problems?"
    r"|issues?|alerts?)\b", re.IGNORECASE,
)  # fmt: skip
_BUT = re.compile(r"\bwith (?:\d+ )?(?:some )?(errors?|warnings?|failures?|problems?|exceptions?)\b"
                  r"|\b(partially|partial)\b", re.IGNORECASE)  # fmt: skip
_OVER = re.compile(
    r"\b(?:recover(?:ed|y|s)|resolved|restored|cleared|fixed|no longer|back (?:up|online|to normal"
    r"|in service|again)|is back|has returned|back on line|on ?line power|returned to normal"
    r"|over now|reestablished|re-established|closed|ended|deactivated|cancelled by recovery|behoben"
    r"|wiederhergestellt|entst(?:ö|oe)rt|entstörung|wieder (?:da|erreichbar|online|ok)|rétabli\w*"
    r"|résolue?|resuelto|recuperado|restaurado|risolto|ripristinato)\b", re.IGNORECASE,
)  # fmt: skip
_WRONG = re.compile(
    r"\b(fail(?:ed|ure|ures|ing|s)?|could ?n[o']t|unable to|can(?:no|')t|errors?|exceed(?:ed|s|ing)"
    r"|crash(?:ed|es)?|lost|loss|unreachable|not (?:responding|reachable|available|running)"
    r"|time[ds]? ?out|down|offline|degraded|expir(?:e|es|ed|ing)|critical|warnings?|missed|overdue"
    r"|denied|stopped|problem|died|broken|aborted|on battery|low battery|overheat(?:ed|ing)?|outage"
    r"|reached|too (?:high|low|many|slow)|above|below|full|corrupt(?:ed|ion)?|interrupted"
    r"|unhealthy|störung|gestört|ausgefallen|ausfall|fehler|fehlgeschlagen|kritisch|panne|échec|fallo"
    r"|caído)\b",
    re.IGNORECASE,
)  # fmt: skip
_WELL = re.compile(
    r"\b(success(?:ful|fully)?|succeeded|complete[ds]?|finished|passed|ok|okay|done|healthy"
    r"|normal(?:ly)?|erfolgreich|réussie?)\b",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """How things are, by which word; the severity where a word tells it."""

    status: AlertStatus | None = None
    word: str = ""
    severity: Severity | None = None


def unanswered(subject: str) -> tuple[str, bool]:
    """A subject without Re:, Fwd: and what gateways put before it; whether there was any."""
    found = subject
    for _ in range(12):
        match = _ANSWER.match(found)
        if match is None:
            break
        found = found[match.end() :].lstrip()
    return found, found != subject


def state_of(subject: str) -> State:
    """What a subject says, by the place that counts most; nothing where no word in it tells."""
    said = list(_labels(subject))
    severity = next((known for word in said if (known := SEVERITIES.get(word))), None)
    signs = [sign for sign in subject if sign in SIGNS]
    found = list(_candidates(subject, said, signs))
    status, word = found[0] if found else (None, "")
    alike = [other for also, other in found if also is status]
    word = word or next((other for other in alike if other), "")
    if severity is None and status is FIRING:
        told = (SEVERITIES.get(other.casefold()) for other in alike)
        severity = next((known for known in told if known is not None), None)
        if severity is None and signs and signs[0] in MILD_SIGNS:
            severity = Severity.WARNING
    return State(status, word, severity)


def _candidates(
    subject: str, said: list[str], signs: list[str]
) -> Iterator[tuple[AlertStatus, str]]:
    """(status, word), the place that counts most first."""
    weak = ""
    known = [(STATES[word], word) for word in said if word in STATES and word not in SOFT]
    if any(status is RESOLVED for status, _ in known):
        known = [pair for pair in known if pair[1] not in NOUNS]
    firing = next((pair for pair in known if pair[0] is FIRING), None)
    if known:
        yield firing if firing and known[0][0] is not RESOLVED else known[0]
    weak = next((word for word in said if word in WEAK), "")
    yield from ((SIGNS[sign], "") for sign in signs)
    without = NO_FAULT.sub(" ok ", subject)
    yield from _sentence(without)
    yield from _anywhere(without)
    if weak:
        yield FIRING, weak


def _sentence(subject: str) -> Iterator[tuple[AlertStatus, str]]:
    for match in reversed(list(_TOWARDS.finditer(subject))):
        if (status := status_of(match[1])) is not None:
            yield status, match[1]
    if but := _BUT.search(subject):
        yield FIRING, (but[1] or "warning").rstrip("s")
    says = list(_SAYS.finditer(subject))
    says.reverse()
    for match in sorted(says, key=_is_past):
        status = status_of(match[2])
        if status in (FIRING, RESOLVED) and _NOT.search(match[1]):
            yield (RESOLVED if status is FIRING else FIRING), match[2]
        elif status is not None and status is not INFO:
            yield status, match[2]
    if (end := _END.search(subject)) and (status := status_of(end[1])) is not None:
        before = subject[: end.start()]
        idle = end[1] == "up" and not _NAMED.search(before)
        unlike = status is RESOLVED and _WRONG.search(before)
        if not idle and not unlike and not _NOT.search(before[-12:]):
            yield status, end[1]


def _is_past(match: re.Match[str]) -> bool:
    """``is back up (was down)``: what was comes after what is."""
    return match[0][:3].casefold() in ("was", "wer") and "(" in match.string[: match.start()][-1:]


def _anywhere(subject: str) -> Iterator[tuple[AlertStatus, str]]:
    for match in reversed(list(_LOUD.finditer(subject))):
        if (status := status_of(match[0])) is not None:
            yield status, match[0]
    if over := _OVER.search(subject):
        yield RESOLVED, over[0]
    if wrong := _WRONG.search(subject):
        yield FIRING, wrong[0]
    if well := _WELL.search(subject):
        yield RESOLVED, well[0]
    for word in _WORD.findall(subject.casefold()):
        if STATES.get(word) in (INFO, ACKNOWLEDGED):
            yield STATES[word], word


def _labels(subject: str) -> Iterator[str]:
    """The words of brackets, and of what stands before a colon, that are made of states alone."""
    for part in _label_parts(subject):
        yield from _words_of(part)


def _label_parts(subject: str) -> Iterator[str]:
    for match in BRACKET.finditer(subject):
        if is_label(match[1]):
            yield match[1]
    rest = ANY_SIGN.sub("", BRACKET.sub("", subject)).lstrip()
    if (head := HEAD.match(rest)) and is_label(head[1]):
        yield head[1]


def _words_of(part: str) -> list[str]:
    return [word.replace(" ", "") for word in _WORD.findall(part.casefold())]


def is_label(part: str) -> bool:
    words = _words_of(part)
    known = [w in STATES or w in FILLERS or w in SEVERITIES or w in WEAK for w in words]
    return bool(words) and all(known)
