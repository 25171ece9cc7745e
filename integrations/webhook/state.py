"""Whether an unknown body says that something is wrong, and how badly; no title is ever read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from integrations import _severity
from integrations._mapping import OTHERS, Rules
from integrations._time import instant
from integrations.webhook import names, words
from integrations.webhook.items import Item, plain
from integrations.webhook.place import all_of, named, text
from store.model import AlertStatus, Severity

_Meaning = Callable[[str], AlertStatus | None]


def status(item: Item, rules: Rules) -> AlertStatus | None:
    """By words, in the order: the mapping, what happened, how things are; None if nothing says.

    The caller takes None for firing: an alert whose state nobody can tell must be seen.
    """
    if word := text(item.value("status", rules)):
        return rules.status(word) or words.status(word, words.LATE) or rules.statuses.get(OTHERS)
    for meaning, fields in _SAY:
        for word in all_of(item, fields):
            if (found := rules.status(word) or meaning(word)) is not None:
                return _in_place(item, word, found)
    return (
        _by_flag(item)
        or _by_code(item)
        or _by_time(item)
        or _by_late_words(item, rules)
        or rules.statuses.get(OTHERS)
    )


_SAY: tuple[tuple[_Meaning, tuple[str, ...]], ...] = (
    (partial(words.status, table=words.EVENTS), names.HAPPENED),
    (words.happened, names.HAPPENED),
    (partial(words.status, table=words.STATES), names.STATES),
    (partial(words.status, table=words.OVER), names.SEVERITIES),
)


def _by_late_words(item: Item, rules: Rules) -> AlertStatus | None:
    """What says something only where nothing better does."""
    states = partial(words.status, table=words.STATES)
    late = partial(words.status, table=words.LATE)
    of_trouble = partial(words.status, table=words.OF_TROUBLE if _is_troubled(item) else {})
    said: tuple[tuple[_Meaning, Iterator[str]], ...] = (
        (of_trouble, all_of(item, names.STATES)),
        (_harmless, all_of(item, ("type",))),
        (states, all_of(item, names.HAPPENED)),
        (states, all_of(item, names.LATE_STATES)),
        (states, _deep(item)),
        (words.happened, all_of(item, names.EVENTS)),
        (late, all_of(item, names.HAPPENED + names.STATES)),
    )
    for meaning, found in said:
        for word in found:
            if (known := rules.status(word) or meaning(word)) is not None:
                return _in_place(item, word, known)
    return None


def _harmless(word: str) -> AlertStatus | None:
    """Kubernetes' type of every event that is none of trouble."""
    return AlertStatus.INFO if word.casefold() == "normal" else None


def _deep(item: Item) -> Iterator[str]:
    """States of things inside, but not of one of several: the others may be in another."""
    found = item.deep(("status", "state", "result", "astate"))
    return (word for value in found if (word := named(value)))


def _in_place(item: Item, word: str, found: AlertStatus) -> AlertStatus:
    """A job that has ``started`` is fine, an incident that has is not."""
    folded = words.fold(word)
    if folded in words.OF_TROUBLE and _is_troubled(item):
        return words.OF_TROUBLE[folded]
    if folded in words.OF_RUNS and any(map(names.is_run, item.own.found)):
        return AlertStatus.INFO
    return found


def _is_troubled(item: Item) -> bool:
    if not names.TROUBLE.isdisjoint(item.owners()):
        return True
    if any(map(names.is_troubled, item.own.found)):
        return True
    return any(plain(word) in names.TROUBLE for word in all_of(item, ("type",)))


# ---- flags and codes ---------------------------------------------------------------------------

_YES_OR_NO = {"true": True, "yes": True, "false": False, "no": False, "normal": True}
_OVER = (
    "resolved cleared clear recovered ok up healthy closed backtonormal fixed online reachable"
    " available success succeeded successful passed passing"
)
_BAD = (
    "firing down triggered alerting failed failing offline unhealthy unreachable breached violated"
    " inalarm anomalous"
)
_FLAGS = {
    prefix + name: over
    for said, over in ((_OVER, True), (_BAD, False))
    for name in said.split()
    for prefix in ("", "is", "has", "was")
}
_FLAG_NAMES = tuple(_FLAGS)
_CODES = (
    "exitcode", "exitstatus", "returncode", "returnvalue", "retcode", "rc", "exit", "checkstatus",
    "checkstate", "stateid", "servicestateid", "hoststateid",
)  # fmt: skip


def _by_flag(item: Item) -> AlertStatus | None:
    """``{"resolved": true}``, ``{"isDown": 1}``, Librato's ``{"clear": "normal"}``."""
    for name, value in item.pairs(_FLAG_NAMES):
        flag = _YES_OR_NO.get(value.casefold()) if isinstance(value, str) else value
        if isinstance(flag, int) and flag in (0, 1):
            return AlertStatus.RESOLVED if bool(flag) is _FLAGS[name] else AlertStatus.FIRING
    return None


def _by_code(item: Item) -> AlertStatus | None:
    """What a command or check ended with: 0 is well. Other numbers mean what each tool likes."""
    for value in item.values(_CODES):
        code: Any = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(code, int) and not isinstance(code, bool):
            return AlertStatus.FIRING if code else AlertStatus.RESOLVED
    return None


_UNTIL = (
    (
        ("resolvedat", "closedat", "recoveredat", "clearedat", "resolvedtime", "recoverytime"),
        AlertStatus.RESOLVED,
    ),
    (("acknowledgedat", "ackedat", "acknowledgedtime"), AlertStatus.ACKNOWLEDGED),
)


def _by_time(item: Item) -> AlertStatus | None:
    """What has a time of its end is over."""
    for fields, found in _UNTIL:
        if any(instant(value) is not None for value in item.values(fields)):
            return found
    return None


# ---- severity ----------------------------------------------------------------------------------


def how_bad(item: Item, rules: Rules) -> tuple[Severity, str | None]:
    """The severity, and the sender's own word for it."""
    mapped = text(item.value("severity", rules))
    said = [mapped] if mapped else list(all_of(item, names.SEVERITIES))
    for word in said:
        if (known := rules.severity(word) or _severity.known(word)) is not None:
            return known, word
    if said:
        return rules.severities.get(OTHERS) or _severity.severity(said[0]), said[0]
    for fields, table in ((names.STATES, names.LOUD), (names.TYPES, names.GRADES)):
        for word in all_of(item, fields):
            if word.casefold() in table:
                return _severity.severity(word), word
    deep = (named(value) for value in item.deep(("severity", "priority")))
    for word in filter(None, deep):
        if (known := _severity.known(word)) is not None:
            return known, word
    return rules.severities.get(OTHERS, Severity.ERROR), None
