"""What a mail is about: the host that a field names, or a word of the subject written like one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from integrations.email import lines, words
from integrations.email.subject import is_label

_HOST = re.compile(
    r"\b(host|server|node|device|machine|instance|vm|on|of|for|from|at)\s+\W?"
    r"([A-Za-z0-9][\w.-]{0,200}\w)(\s*(?:(?:is|was|has|went)\b|$|[:,.)!]))?", re.IGNORECASE,
)  # fmt: skip
_SURE = frozenset(("host", "server", "node", "device", "machine", "instance", "vm"))
_SUBJECT = re.compile(
    r"(?<![\w.-])([A-Za-z0-9][\w.-]{0,200}\w)\s+(?:is|was|went|has|are|recovered|down|up|lost"
    r"|(?:un)?reachable|o(?:ff|n)line)\b", re.IGNORECASE,
)  # fmt: skip
_DOMAIN = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?![\w@.-]*@)\b[^\s)\]]*",
                     re.IGNORECASE)  # fmt: skip
_NO_NAMES = frozenset(("the", "is", "are", "a", "room", "rack", "farm", "side", "error", "time"))
_BRACKETED = re.compile(r"\[([A-Za-z0-9][\w.-]{1,60})\]")


_TAGGED = re.compile(
    r"\b(?:host|hostname|server|node|device|instance)[:=]\s?([A-Za-z0-9][\w.-]{1,200})",
    re.IGNORECASE,
)


def host(subject: str, found: Mapping[str, str]) -> str:
    """A field that names it, else what in the subject is written like a host."""
    if (named := lines.first(found, lines.HOST)) and len(named) <= 200:
        return named.split(" (", 1)[0]
    if tagged := _TAGGED.search(subject):
        return tagged[1]
    for match in _SUBJECT.finditer(subject):
        if _like_a_host(match[1]):
            return match[1]
    for match in _HOST.finditer(subject):
        if _like_a_host(match[2]) or (
            match[3] is not None and match[1].casefold() in _SURE and not _is_word(match[2])
        ):
            return match[2]
    for pattern in (_BRACKETED, _DOMAIN):
        named_so = pattern.search(subject)
        if named_so and _like_a_host(named_so[1]) and not is_label(named_so[1]):
            return named_so[1]
    return ""


def _like_a_host(name: str) -> bool:
    """A digit, a dot or a dash inside, and no number, time or amount."""
    odd = any(sign.isdigit() or sign in ".-" for sign in name)
    return (odd and not re.fullmatch(r"[\d.,:%-]+[a-zA-Z%]{0,3}|\d.*", name)) or _is_address(name)


def _is_address(name: str) -> bool:
    return re.fullmatch(r"(?:\d{1,3}\.){3}\d{1,3}", name) is not None


def _is_word(name: str) -> bool:
    low = name.casefold()
    return low in words.STATES or low in words.FILLERS or low in _NO_NAMES
