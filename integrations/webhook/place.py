"""What an unknown body is about: the host, service or page, by the names tools give to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from integrations import _json, _text
from integrations.webhook import names
from integrations.webhook.items import Item, plain

_LONGEST = 250
_NAMES = (
    "fullname", "name", "displayname", "hostname", "host", "summary", "title", "label", "value",
    "display", "text", "slug", "new", "current", "category", "key",
)  # fmt: skip
_FEW = 40
_ADDRESS = re.compile(
    r"https?://\S+|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?"
    r"|(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,8}[a-z]{2,24}(?::\d{1,5})?",
    re.IGNORECASE,
)
_READABLE = re.compile(r"(?=.*[a-z])(?![0-9a-f-]{20,}$)[\w.:@-]{2,80}", re.IGNORECASE)
_ADDRESSED = (
    "site", "website", "endpoint", "target", "host", "hostname", "hostaddress", "address", "domain",
)  # fmt: skip
_REPOSITORIES = ("repofullname", "projectfullname", "repositoryfullname", "repository", "repo")
_VAGUE = ("resource", "entity", "target", "component")
_OF_THE_TOOL = names.TROUBLE | frozenset(("event", "build", "job", "run", "rule", "notification"))


def text(value: Any) -> str | None:
    """A value as text; None for what is empty, nothing, or a variable left unexpanded."""
    if value is None or value in ("", [], {}):
        return None
    found = _json.written(value).strip()
    seen = found if found.isascii() and found.isprintable() else _text.title(found)
    return None if not seen or _text.unexpanded(found) else found


def scalar(value: Any) -> str | None:
    """As ``text``, of what is neither true nor false nor holds others."""
    return None if isinstance(value, (dict, list, bool)) else text(value)


def named(value: Any) -> str | None:
    """The name of a thing, where it may be an object of its own: ``{"host": {"name": …}}``."""
    if not isinstance(value, dict):
        return scalar(value)
    if "user" in str(value.get("type", ""))[:80].casefold():
        return None
    fields = {plain(name): inner for name, inner in islice(value.items(), _FEW)}
    candidates = (fields.get(name) for name in _NAMES)
    found = next((found for each in candidates if (found := scalar(each))), None)
    about = value.get("metadata")  # Kubernetes' way
    return found or (scalar(about.get("name")) if isinstance(about, dict) else None)


def all_of(item: Item, fields: tuple[str, ...]) -> Iterator[str]:
    """The values under these names as text, the best name first."""
    return (found for value in item.values(fields) if (found := named(value)))


def first(item: Item, fields: tuple[str, ...]) -> str | None:
    """The best of them."""
    return next(all_of(item, fields), None)


def host(item: Item) -> str | None:
    """A name of a host and the like: who has one has something to say of it."""
    return _first_place(item.pairs(names.HOSTS)) or _first_place(
        item.deep_pairs(names.CERTAIN_HOSTS)
    )


def resource(item: Item) -> str | None:
    """What it is about: a name, an object with one, or the first of several."""
    if any(map(names.is_run, item.own.found)) and (
        found := _first_place(item.pairs(_REPOSITORIES))
    ):
        return found
    hosts = list(_places(item.pairs(names.HOSTS)))
    return (
        next((each for each in hosts if " " not in each), None)
        or next(iter(hosts), None)
        or _first_place(item.pairs(names.AFFECTED))
        or _first_place(item.deep_pairs(names.CERTAIN_HOSTS))
        or _first_place(_of_place(item, name, value) for name, value in item.pairs(_PLACES))
        or _first_place(item.deep_pairs(names.DEEP_RESOURCES))
        or _address(item)
        or next(_ids(item), None)
    )


_PLACES = ("ahost", *names.PLACES)


def _first_place(pairs: Iterable[tuple[str, Any]]) -> str | None:
    return next(_places(pairs), None)


def _places(pairs: Iterable[tuple[str, Any]]) -> Iterator[str]:
    return (found for name, value in pairs if (found := _place(value, name)))


def _place(value: Any, name: str) -> str | None:
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, dict) and "value" in one:
        one = one["value"]
    found = _owned(one) if name in ("repository", "repo") else named(one)
    if found is None and isinstance(one, dict):
        found = scalar(one.get("url")) if name in ("site", "website", "endpoint") else None
    if not found or len(found) > _LONGEST:
        return None
    if name in _VAGUE and plain(found) in names.KINDS:
        return None
    if "://" in found:
        return found if name.endswith("url") or name in _ADDRESSED else None
    return _short(found, name)


def _short(found: str, name: str) -> str:
    """The last part of a cloud's path to a resource, the host of a page."""
    if found.startswith("/") and found.count("/") > 5 and name not in ("service", "servicename"):
        return found.rstrip("/").rpartition("/")[2]
    if name.endswith("url") and "/" in found and not found.startswith("/"):
        return found.partition("/")[0]
    return found


def _owned(repository: Any) -> str | None:
    """A repository's name with its owner's, where it has no full one."""
    found = named(repository)
    if not isinstance(repository, dict) or not found or "/" in found or "full_name" in repository:
        return found
    owner = scalar(repository.get("owner_name")) or scalar(repository.get("namespace"))
    return f"{owner}/{found}" if owner and "://" not in owner else found


def _of_place(item: Item, name: str, value: Any) -> tuple[str, Any]:
    """Nothing where it is the tool's own: the page of an incident, who sends it."""
    if name == "client" and "clienturl" in item.own.found:
        return name, None
    if name == "url" and any(value is each for each in _pages(item)):
        return name, None
    if name == "source" and any(value is scope.fields.get(name) for scope in item.scopes[:1]):
        return name, None  # inside of an event it is what the event is about
    return name, value


def _pages(item: Item) -> Iterator[Any]:
    return (
        scope.by_name.get("url")
        for scope in item.scopes
        if plain(scope.path.rpartition(".")[2]) in _OF_THE_TOOL
    )


def _address(item: Item) -> str | None:
    """A name that is the address of something: ``{"monitor": "10.0.0.9"}``."""
    found = all_of(item, (*names.VAGUE, *names.TITLES))
    return next((each for each in found if _ADDRESS.fullmatch(each)), None)


def _ids(item: Item) -> Iterator[str]:
    for value in item.values(names.READABLE_IDS):
        if isinstance(value, str) and _READABLE.fullmatch(value) and not value.isdigit():
            yield value
