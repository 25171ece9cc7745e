"""No item is larger than anything of the kind has reason to be: names, tags and figures are other
people's, and one of them must not fill a page, or spoil the rest of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

from store.model.resource import Cost, Fault, Finding, Happening, Resource, Sample

KEY, NAME, WORD, TEXT, ROOM = 1000, 500, 300, 4000, 16_000
"""The longest key and so on; ``ROOM`` for all names or tags of one item together."""
MANY, TAGS, PARENTS = 64, 100, 256
_LAST = 253_402_300_800_000
"""Milliseconds until the year 10000."""


def bounded(item: Any) -> Any:
    """The item, cut where it is too large; None for one that can't be meant."""
    match item:
        case Resource():
            return _resource(item) if _is_key(item.key) else None
        case Sample():
            fits = isfinite(item.value) and 0 < item.at < _LAST and _is_key(item.resource)
            return item if fits else None
        case Fault():
            return _fault(item) if _is_key(item.key) else None
        case Happening():
            return _happening(item) if _is_key(item.key) and 0 < item.at < _LAST else None
        case Cost():
            return _cost(item) if isfinite(item.amount) else None
        case Finding():
            return _finding(item) if _is_key(item.key) else None
    return item


def _is_key(text: str) -> bool:
    return 0 < len(text) <= KEY


def _resource(one: Resource) -> Resource:
    if (
        len(one.name) + len(one.state) + len(one.why) + len(one.type) < NAME
        and len(one.parents) + len(one.ids) + len(one.addresses) < MANY
        and len("".join((*one.parents, *one.ids, *one.addresses))) < ROOM
        and _is_light(one.tags) and _is_light(one.facts) and len(one.url) < TEXT
        and len(one.group) + len(one.account) + len(one.region) + len(one.zone) < NAME
        and all(map(isfinite, one.size.values())) and _is_instant(one.created_at)
    ):  # fmt: skip
        return one
    return replace(
        one, name=one.name[:NAME], state=one.state[:WORD], why=one.why[:TEXT],
        type=one.type[:WORD], region=one.region[:WORD], zone=one.zone[:WORD],
        account=one.account[:WORD], group=one.group[:WORD],
        size={n[:WORD]: v for n, v in [*one.size.items()][:MANY] if isfinite(v)},
        tags=_map(one.tags), facts=_map(one.facts), ids=_names(one.ids, MANY),
        addresses=_names(one.addresses, MANY), parents=_names(one.parents, PARENTS),
        created_at=one.created_at if _is_instant(one.created_at) else None, url=_url(one.url),
    )  # fmt: skip


def _fault(one: Fault) -> Fault:
    fine = len(one.title) < NAME and len(one.kind) < WORD and len(one.description) < TEXT
    if fine and _is_light(one.labels) and len(one.resource) < KEY and _is_instant(one.since):
        return one
    return replace(
        one, title=one.title[:NAME], kind=one.kind[:WORD], description=one.description[:TEXT],
        labels=_map(one.labels), resource=one.resource[:KEY], links=one.links[:MANY],
        since=one.since if _is_instant(one.since) else None,
    )  # fmt: skip


def _happening(one: Happening) -> Happening:
    fine = len(one.reason) + len(one.who) + len(one.text) < TEXT and len(one.resource) < KEY
    if fine and _is_light(one.labels):
        return one
    return replace(
        one, reason=one.reason[:WORD], who=one.who[:WORD], text=one.text[:TEXT],
        resource=one.resource[:KEY], labels=_map(one.labels),
    )  # fmt: skip


def _cost(one: Cost) -> Cost:
    words = (one.service, one.account, one.region, one.usage, one.resource, one.team)
    if sum(map(len, words)) < KEY and _is_light(one.tags) and len(one.currency) < 9:
        return one
    return replace(
        one, service=one.service[:WORD], account=one.account[:WORD], region=one.region[:WORD],
        usage=one.usage[:WORD], resource=one.resource[:KEY], team=one.team[:WORD],
        tags=_map(one.tags), currency=one.currency[:8],
    )  # fmt: skip


def _finding(one: Finding) -> Finding:
    fine = len(one.title) < NAME and len(one.why) < TEXT and len(one.resource) < KEY
    if fine and isfinite(one.saving) and _is_instant(one.since):
        return one
    return replace(
        one, title=one.title[:NAME], why=one.why[:TEXT], resource=one.resource[:KEY],
        saving=one.saving if isfinite(one.saving) else 0.0,
        since=one.since if _is_instant(one.since) else None,
    )  # fmt: skip


def _is_instant(at: int | None) -> bool:
    return at is None or 0 <= at < _LAST


def _is_light(some: Mapping[str, str]) -> bool:
    return len(some) < TAGS and sum(map(len, some)) + sum(map(len, some.values())) < 2 * TEXT


def _map(some: Mapping[str, str]) -> dict[str, str]:
    """The first of it, as far as there is room."""
    found: dict[str, str] = {}
    room = ROOM
    for name, value in [*some.items()][:TAGS]:
        room -= len(name[:WORD]) + len(value[:KEY])
        if room < 0:
            break
        found[name[:WORD]] = value[:KEY]
    return found


def _names(some: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The first that there is room for; a name that is cut would be another's."""
    found: list[str] = []
    room = ROOM
    for name in some:
        room -= len(name) if len(name) <= KEY else 0
        if room < 0 or len(found) == most:
            break
        if len(name) <= KEY:
            found.append(name)
    return tuple(found)


def _url(url: str) -> str:
    return url if len(url) <= TEXT else ""
