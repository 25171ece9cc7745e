"""What the fields of an unknown body mean, by the names tools give them; a mapping goes first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from integrations import _text
from integrations._mapping import Rules
from integrations._time import instant, unambiguous
from integrations.base import Malformed
from integrations.webhook import names, place, state, words
from integrations.webhook.extras import key_of, labels_of, links_of, mapped_labels, mapped_links
from integrations.webhook.items import MOST_NAMES, Item, plain
from integrations.webhook.place import all_of, first, scalar, text
from store.model import AlertReading, AlertStatus, AlertType

_SHORT = 80
_BRIEF = 120
_LONG = 8 * _text.TITLE
_DEPTH = 3
_SENTENCE = re.compile(r"[^\W\d_][^\s/]* \S+ \S")


def alert(item: Item, rules: Rules) -> AlertReading:
    """One alert; Malformed 422 where neither mapping nor names give it a title."""
    status = state.status(item, rules)
    severity, severity_raw = state.how_bad(item, rules)
    resource = _mapped(item, rules, "resource") or place.resource(item)
    told = bool(status or severity_raw or place.host(item))
    subject = title = _mapped(item, rules, "title")
    if not title and (found := _title(item, resource, told=told)):
        subject, title = found
    if not title and (title := _unexpanded(item)):
        status = status or AlertStatus.INFO
    if not title:
        title = _event(item, resource, told=told)
        subject = resource
    status = status or AlertStatus.FIRING
    subject = _text.title(subject or title)
    labels = mapped_labels(item, rules) or labels_of(item)
    title = _text.title(title)
    over = status is AlertStatus.RESOLVED
    return AlertReading(
        key=_text.key(_mapped(item, rules, "key") or key_of(item, subject, resource)),
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


# ---- what people read --------------------------------------------------------------------------


def _title(item: Item, resource: str | None, *, told: bool) -> tuple[str, str] | None:
    """What it is called, and that with what happened, for people.

    A headline, else a name, else a sentence; where a state or severity is told, any words.
    """
    rule = (
        next(_telling(item, names.RULES), None)
        or next(_deep(item, ("arule",)), None)
        or next((said for said in all_of(item, ("eventname",)) if " " in said), None)
    )
    headline = first(item, names.HEADLINES)
    if headline and not rule:
        rule = next(_telling(item, ("name",)), None)
    name = headline or rule or next(_telling(item, names.EVENTS), None) or _name(item)
    if name is None and told:
        others = chain(
            _deep(item, names.DEEP_TITLES), _other_names(item.part, _DEPTH), _sentences(item)
        )
        name = next((other for other in others if other != resource), None)
    if name is None:
        return None
    name = name[:_LONG]
    subject = _placed(name, resource, rule)
    if headline:
        return subject, subject
    return subject, _placed(_with_words(item, name), resource, rule)


def _name(item: Item) -> str | None:
    """Names, then sentences; and only then names that say a state or a kind: ``Down``, ``Job``."""
    lists = (names.TITLES, ("atitle",), names.SERVICES, names.VAGUE, names.SENTENCES)
    found = chain.from_iterable(_telling(item, fields) for fields in lists)
    return next(found, None) or first(item, names.TITLES + names.VAGUE)


def _telling(item: Item, fields: tuple[str, ...]) -> Iterator[str]:
    for found in all_of(item, fields):
        if words.is_state(found) or plain(found) in names.KINDS:
            continue
        if fields is names.EVENTS and (" " in found or words.happened(found)):
            continue
        yield found


def _with_words(item: Item, name: str) -> str:
    """``postfix: process is not running``; a sentence that has the name stands alone."""
    group = first(item, names.GROUPS) or next(_deep(item, names.GROUPS), None)
    if group and len(group) <= _SHORT and group.casefold() not in name.casefold():
        name = f"{name} ({group})"
    for sentence in _telling(item, names.BRIEF):
        if "\n" in sentence or len(sentence) > _BRIEF or " " not in sentence.strip():
            continue
        if name.casefold() in sentence.casefold():
            return sentence
        return f"{_text.title(name, _BRIEF)}: {sentence}" if sentence not in name else name
    return name


def _deep(item: Item, fields: tuple[str, ...]) -> Iterator[str]:
    return (found for each in item.deep(fields) if (found := scalar(each)))


def _placed(found: str, resource: str | None, rule: str | None) -> str:
    """With the place and the rule's name, where it does not hold them."""
    if resource and len(resource) <= _SHORT and resource.casefold() not in found.casefold():
        found = f"{_text.title(found, _text.TITLE - _SHORT - 4)} on {resource}"
    if rule and len(rule) <= _SHORT and rule.casefold() not in found.casefold():
        found = f"{_text.title(found, _text.TITLE - _SHORT - 3)} ({rule})"
    return found


def _other_names(value: object, depth: int) -> Iterator[str]:
    """Names and titles of things whose kind we don't know, from the outside in."""
    if not isinstance(value, dict) or not depth:
        return
    fields = list(islice(value.items(), MOST_NAMES))
    for name, inner in fields:
        if plain(name).endswith(("name", "title", "label")) and (found := scalar(inner)):
            yield found
    for name, inner in fields:
        if isinstance(inner, dict) and plain(name) not in names.PEOPLE:
            yield from _other_names(inner, depth - 1)


def _sentences(item: Item) -> Iterator[str]:
    for scope in chain(item.scopes, item.own.inner):
        for value in islice(scope.fields.values(), MOST_NAMES):
            if isinstance(value, str) and _SENTENCE.match(value) and (found := text(value)):
                yield found


def _unexpanded(item: Item) -> str | None:
    """A Test button's body: its template's variables stand there as they are."""
    values = (v for scope in item.scopes for v in islice(scope.fields.values(), MOST_NAMES))
    left = [value for value in values if isinstance(value, str) and _text.unexpanded(value.strip())]
    return f"Variables were not expanded: {', '.join(left[:3])}" if left else None


def _event(item: Item, resource: str | None, *, told: bool) -> str:
    """The name of what happened or of what it happened to, or any value: better than nothing."""
    event = next((_spoken(word) for word in all_of(item, names.HAPPENED)), None)
    if told and (event or resource):
        return _placed(event or str(resource), resource, None)
    values = ((n, said) for n, value in item.part.items() if (said := scalar(value)))
    if told and (first := next(values, None)):
        return f"{first[0]}: {first[1]}"
    raise Malformed(
        "nothing in it looks like the title of an alert; set map.title", item.where, 422
    )


def _spoken(event: str) -> str:
    return event if event.isupper() else re.sub(r"[_.\s]+", " ", event)


def _description(item: Item, rules: Rules, title: str) -> str:
    mapped = _mapped(item, rules, "description")
    candidates = [mapped] if mapped else all_of(item, names.DESCRIPTIONS)
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


def _moment(item: Item, rules: Rules, field: str, fields: tuple[str, ...]) -> int | None:
    """The mapped instant, else one whose name says start or end and that names its zone.

    A time of sending would make each repeat a new alert. A start is not guessed for an end: where
    the firing named none, its receipt counts, and that is later.
    """
    mapped = item.value(field, rules)
    if mapped is not None:
        return instant(mapped)
    found = (instant(value) for value in item.values(fields) if unambiguous(value))
    return next((at for at in found if at is not None), None)
