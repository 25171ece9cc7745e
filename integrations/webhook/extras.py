"""An alert's identity, labels and links in a body of unknown shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from integrations import _json, _text
from integrations._mapping import Rules
from integrations.base import Malformed
from integrations.webhook import names, words
from integrations.webhook.items import Item, Scope, plain, typed

_SHORT = 300
_MOST_FIELDS = 500
_SOME_LINKS = 8


def key_of(item: Item, title: str, resource: str | None) -> str:
    """The sender's own id of the alert, else a hash of what stays the same between its posts.

    Status, severity, values and times are in neither. ``title`` is what people read of it.
    """
    owners = [scope for scope in item.scopes if _last(scope.path) in names.OWNERS]
    plain_ids = (scope.by_name.get("id") for scope in (*owners, *item.scopes[:1]))
    for value in chain(item.values(names.IDS), plain_ids):
        if found := _id(value):
            return found
    subject = _first(item, names.RULES) or words.steady(title)
    service = _first(item, names.SERVICES)
    stable = sorted((k, v) for k, v in _named(item) if _is_stable(k))
    parts = (subject, resource or "", service or "", *(part for pair in stable for part in pair))
    return f"{_text.fnv(*parts):016x}"


def _first(item: Item, fields: tuple[str, ...]) -> str | None:
    found = (value for value in item.values(fields) if isinstance(value, str) and value.strip())
    return next((value for value in found if not _text.unexpanded(value.strip())), None)


def _is_stable(name: str) -> bool:
    """Names that begin with two underscores are a tool's own, and may come later."""
    return not name.startswith("__") and plain(name) not in names.CHANGING


def _id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    found = _text.key(str(value).strip()).strip()
    return found if found and not _text.unexpanded(found) else None


# ---- labels ------------------------------------------------------------------------------------


def labels_of(item: Item) -> dict[str, str]:
    """The sender's labels and tags, then the short plain values of all other fields."""
    found = dict(_named(item))
    for scope, name, value in _fields(item):
        if len(found) >= _text.LABELS:
            break
        if plain(name) not in names.TEXTS and _last(scope.path) not in names.LABELS:
            path = f"{scope.path}.{name}" if scope.path else name
            if said := _short(value):
                found.setdefault(path, said)
    return found


def mapped_labels(item: Item, rules: Rules) -> dict[str, str]:
    """Labels by the mapping: an object, or a list of pairs or ``key:value`` words."""
    return dict(_pairs(item.value("labels", rules)))


def _named(item: Item) -> Iterator[tuple[str, str]]:
    """Of names that come twice the alert's own and the better field's is last, and stays."""
    for value in reversed(list(item.values(names.LABELS))):
        yield from _pairs(value)


def _fields(item: Item) -> Iterator[tuple[Scope, str, Any]]:
    found = ((scope, name, value) for scope in item.scopes for name, value in scope.fields.items())
    return islice(found, _MOST_FIELDS)


def _last(path: str) -> str:
    return plain(path.rpartition(".")[2])


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    """Labels as an object, ``a:b,c:d``, a list of such words or of {key, value}."""
    if isinstance(value, str):
        value = value.split(",", _text.LABELS)
    if isinstance(value, dict):
        for name, inner in islice(value.items(), _text.LABELS):
            if inner is not None and (said := _written(inner)):
                yield name, said
    elif isinstance(value, list):
        for each in value[: _text.LABELS]:
            yield from _pair(each)


def _pair(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        name = value.get("key") or value.get("name") or value.get("tag")
        if isinstance(name, str) and (said := _written(typed(value.get("value", "")))):
            yield name, said
    elif isinstance(value, str) and (word := value.strip()) and not _text.unexpanded(word):
        separator = next((each for each in (":", "=") if each in word), "")
        name, _, said = word.partition(separator) if separator else (word, "", "true")
        yield name.strip(), said.strip()


def _written(value: Any) -> str:
    said = _json.written(value)
    return "" if _text.unexpanded(said) else said


def _short(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    said = _written(value)
    return said if len(said) <= _SHORT and not said.startswith(("http://", "https://")) else None


# ---- links -------------------------------------------------------------------------------------


def links_of(item: Item) -> list[tuple[str, str]]:
    """Every address in the scopes, named by its field; runbook and dashboard first."""
    found = [
        (_link_name(name), value)
        for _, name, value in _fields(item)
        if isinstance(value, str) and value.startswith(("http://", "https://")) and _wanted(name)
    ]
    order = [name for _, name in names.LINKS[:3]] + ["Source"]
    found.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    return found[:_SOME_LINKS]


def mapped_links(item: Item, rules: Rules) -> list[tuple[str, str]]:
    """Links by the mapping: an object of names and addresses, or one address."""
    value = item.value("links", rules)
    if isinstance(value, str):
        return [("Source", value)]
    if value is not None and not isinstance(value, dict):
        raise Malformed("expected an object of names and addresses", "map.links", 422)
    pairs: Iterable[tuple[str, Any]] = (value or {}).items()
    return [(_text.title(name, 40), url) for name, url in pairs if isinstance(url, str)]


def _wanted(name: str) -> bool:
    return not any(each in plain(name) for each in names.NO_LINKS)


def _link_name(name: str) -> str:
    short = plain(name)
    for part, said in names.LINKS:
        if part in short:
            return said
    if short in names.SOURCES:
        return "Source"
    return _text.title(name.replace("_", " "), 40).capitalize() or "Source"
