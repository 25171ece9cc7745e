"""What the fields of an unknown body mean, by the names tools give them; a mapping goes first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any

from integrations import _json, _severity, _text
from integrations._mapping import OTHERS, Rules
from integrations._time import instant, unambiguous
from integrations.base import Malformed
from integrations.webhook import names, words
from integrations.webhook.extras import key_of, labels_of, links_of, mapped_labels, mapped_links
from integrations.webhook.items import Item, plain
from store.model import AlertReading, AlertStatus, AlertType, Severity

_SHORT = 80
_LONGEST_PLACE = 250
_DEPTH = 3
_SENTENCE = re.compile(r"[^\W\d_][^\s/]* \S+ \S")


def alert(item: Item, rules: Rules) -> AlertReading:
    """One alert; Malformed 422 where neither mapping nor names give it a title."""
    status = _status(item, rules)
    severity, severity_raw = _how_bad(item, rules)
    resource = _mapped(item, rules, "resource") or _place(item, names.RESOURCES)
    told = bool(status or severity_raw or _place(item, names.HOSTS))
    title = _mapped(item, rules, "title") or _title(item, resource, told=told)
    if title is None and (title := _unexpanded(item)):
        status = status or AlertStatus.INFO
    if title is None:
        title = _event(item, resource, told=told)
    status = status or AlertStatus.FIRING
    labels = mapped_labels(item, rules) or labels_of(item)
    title = _text.title(title)
    over = status is AlertStatus.RESOLVED
    return AlertReading(
        key=_text.key(_mapped(item, rules, "key") or key_of(item, title, resource)),
        status=status,
        severity=severity,
        title=title,
        type=_type(item, rules),
        severity_raw=_text.label(severity_raw) if severity_raw else None,
        description=_description(item, rules, title),
        resource=_text.label(resource) or None if resource else None,
        labels=_text.labels(labels),
        links=_text.links(mapped_links(item, rules) or links_of(item)),
        starts_at=_moment(item, rules, "starts_at", () if over else names.STARTS),
        ends_at=_moment(item, rules, "ends_at", names.ENDS) if over else None,
    )


def _mapped(item: Item, rules: Rules, name: str) -> str | None:
    return text(item.value(name, rules))


def text(value: Any) -> str | None:
    """A value as text; None for what is empty, nothing, or a variable left unexpanded."""
    if value is None or value in ("", [], {}):
        return None
    found = _json.written(value).strip()
    seen = found if found.isascii() and found.isprintable() else _text.title(found)
    return None if not seen or _text.unexpanded(found) else found


def _named(value: Any) -> str | None:
    """The name of a thing, where it may be an object of its own: ``{"host": {"name": …}}``."""
    if isinstance(value, dict):
        names_of = ("full_name", "name", "hostname", "host", "summary", "title", "display_name")
        if "user" in str(value.get("type", "")).casefold():
            return None
        candidates = (value.get(name) for name in names_of)
        return next((found for each in candidates if (found := _scalar(each))), None)
    return _scalar(value)


def _scalar(value: Any) -> str | None:
    return None if isinstance(value, (dict, list, bool)) else text(value)


def _all(item: Item, fields: Iterable[str]) -> Iterator[str]:
    return (found for value in item.values(fields) if (found := _named(value)))


def _first(item: Item, fields: Iterable[str]) -> str | None:
    return next(_all(item, fields), None)


# ---- status and severity -----------------------------------------------------------------------


def _status(item: Item, rules: Rules) -> AlertStatus | None:
    """By words, in the order: the mapping, what happened, how things are; None if nothing says.

    The caller takes None for firing: an alert whose state nobody can tell must be seen.
    """
    if word := _mapped(item, rules, "status"):
        return rules.status(word) or words.status(word, words.LATE) or rules.statuses.get(OTHERS)
    for meaning, fields in _SAY:
        for word in _all(item, fields):
            if (found := rules.status(word) or meaning(word)) is not None:
                return found
    return _by_flag(item) or rules.statuses.get(OTHERS)


_SAY: tuple[tuple[Callable[[str], AlertStatus | None], tuple[str, ...]], ...] = (
    (partial(words.status, table=words.EVENTS), names.HAPPENED),
    (words.happened, names.HAPPENED),
    (partial(words.status, table=words.STATES), names.STATES),
    (partial(words.status, table=words.OVER), names.SEVERITIES),
    (partial(words.status, table=words.LATE), names.HAPPENED + names.STATES),
)


_YES_OR_NO = {"true": True, "false": False, "normal": True}
_FLAGS = (
    ("resolved", True), ("isresolved", True), ("clear", True), ("cleared", True), ("ok", True),
    ("recovered", True), ("up", True), ("isup", True), ("healthy", True),
    ("firing", False), ("isfiring", False), ("down", False), ("isdown", False),
)  # fmt: skip


def _by_flag(item: Item) -> AlertStatus | None:
    """``{"resolved": true}``, ``{"firing": false}``, Librato's ``{"clear": "normal"}``."""
    for name, over in _FLAGS:
        for value in item.values((name,)):
            flag = _YES_OR_NO.get(value.casefold()) if isinstance(value, str) else value
            if isinstance(flag, bool):
                return AlertStatus.RESOLVED if flag is over else AlertStatus.FIRING
    return None


def _how_bad(item: Item, rules: Rules) -> tuple[Severity, str | None]:
    said = (
        [word] if (word := _mapped(item, rules, "severity")) else list(_all(item, names.SEVERITIES))
    )
    for word in said:
        if (known := rules.severity(word) or _severity.known(word)) is not None:
            return known, word
    if said:
        return rules.severities.get(OTHERS) or _severity.severity(said[0]), said[0]
    for word in _all(item, names.STATES):
        if word.casefold() in names.LOUD:
            return _severity.severity(word), word
    return rules.severities.get(OTHERS, Severity.ERROR), None


# ---- what people read --------------------------------------------------------------------------


def _title(item: Item, resource: str | None, *, told: bool) -> str | None:
    """A headline, else a name, else a sentence; where a state or severity is told, any words."""
    rule = _first(item, names.RULES)
    found = (
        _first(item, names.HEADLINES)
        or rule
        or _first(item, names.TITLES)
        or _first(item, names.SERVICES)
        or _first(item, names.VAGUE)
        or _first(item, names.SENTENCES)
    )
    if found is None and told:
        others = chain(_other_names(item.part, _DEPTH), _sentences(item))
        found = next((other for other in others if other != resource), None)
    if found is None:
        return None
    return _placed(found, resource, rule)


def _placed(found: str, resource: str | None, rule: str | None) -> str:
    """With the place and the rule's name, where it does not hold them."""
    if resource and len(resource) <= _SHORT and resource.casefold() not in found.casefold():
        found = f"{_text.title(found, _text.TITLE - _SHORT - 4)} on {resource}"
    if rule and len(rule) <= _SHORT and rule.casefold() not in found.casefold():
        found = f"{_text.title(found, _text.TITLE - _SHORT - 3)} ({rule})"
    return found


def _place(item: Item, fields: Iterable[str]) -> str | None:
    """What it is about: a name, an object with one, or the first of several."""
    for name in fields:
        for value in item.values((name,)):
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, dict) and "value" in first:
                first = first["value"]
            found = _named(first)
            if (
                found
                and len(found) <= _LONGEST_PLACE
                and (name.endswith("url") or "://" not in found)
            ):
                return found
    return None


def _other_names(value: object, depth: int) -> Iterator[str]:
    """Names and titles of things whose kind we don't know, from the outside in."""
    if not isinstance(value, dict) or not depth:
        return
    for name, inner in value.items():
        if plain(name).endswith(("name", "title", "label")) and (found := _scalar(inner)):
            yield found
    for name, inner in value.items():
        if plain(name) not in names.PEOPLE:
            yield from _other_names(inner, depth - 1)


def _sentences(item: Item) -> Iterator[str]:
    for scope in item.scopes:
        for value in scope.fields.values():
            if isinstance(value, str) and _SENTENCE.match(value) and (found := text(value)):
                yield found


def _unexpanded(item: Item) -> str | None:
    """A Test button's body: its template's variables stand there as they are."""
    values = (value for scope in item.scopes for value in scope.fields.values())
    left = [value for value in values if isinstance(value, str) and _text.unexpanded(value.strip())]
    return f"Variables were not expanded: {', '.join(left[:3])}" if left else None


def _event(item: Item, resource: str | None, *, told: bool) -> str:
    """The name of what happened or of what it happened to, or any value: better than nothing."""
    event = next((re.sub(r"[_.\s]+", " ", word) for word in _all(item, names.HAPPENED)), None)
    if told and (event or resource):
        return _placed(event or str(resource), resource, None)
    values = ((n, said) for n, value in item.part.items() if (said := _scalar(value)))
    if told and (first := next(values, None)):
        return f"{first[0]}: {first[1]}"
    raise Malformed(
        "nothing in it looks like the title of an alert; set map.title", item.where, 422
    )


def _description(item: Item, rules: Rules, title: str) -> str:
    mapped = _mapped(item, rules, "description")
    candidates = [mapped] if mapped else _all(item, names.DESCRIPTIONS)
    for found in candidates:
        cleaned = _text.description(found)
        if cleaned and not title.startswith(cleaned):
            return cleaned
    return ""


def _type(item: Item, rules: Rules) -> AlertType:
    word = _mapped(item, rules, "type")
    try:
        return AlertType(word.casefold()) if word else AlertType.CUSTOM
    except ValueError:
        raise Malformed(f"{word!r} is no type of alert", "map.type", 422) from None


def _moment(item: Item, rules: Rules, field: str, fields: Iterable[str]) -> int | None:
    """The mapped instant, else one whose name says start or end and that names its zone.

    A time of sending would make each repeat a new alert. A start is not guessed for an end: where
    the firing named none, its receipt counts, and that is later.
    """
    mapped = item.value(field, rules)
    if mapped is not None:
        return instant(mapped)
    found = (instant(value) for value in item.values(fields) if unambiguous(value))
    return next((at for at in found if at is not None), None)
