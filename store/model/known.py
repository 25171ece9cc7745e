"""A resource as it is known here: what its provider says, whose it is, since when."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.model.resource import Resource

if TYPE_CHECKING:
    from store.model import Instant


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whose a resource is, as its tags or its source's settings say; empty where they don't."""

    team: str = ""
    owner: str = ""
    environment: str = ""
    service: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """``first_at`` is when it was first heard of, ``changed_at`` when it last became another than
    it was, ``gone_at`` when it was found to be there no more."""

    id: int
    source: str
    resource: Resource
    belongs: Belonging
    first_at: Instant
    changed_at: Instant
    gone_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """Something of a resource that became otherwise: ``what`` is a field (state, type, size …),
    or ``created``, ``appeared``, ``gone``, ``event``; before and after as words, ``who`` did it,
    where that is known."""

    resource_id: int
    at: Instant
    what: str
    before: str = ""
    after: str = ""
    who: str = ""


def strong_names(resource: Resource) -> Iterator[str]:
    """The names that mean it alone."""
    yield resource.key
    yield from resource.ids


def weak_names(resource: Resource) -> Iterator[str]:
    """Names that others may have too: what it is called, its addresses, hosts without domain."""
    for name in (resource.name, *resource.addresses):
        if not name:
            continue
        yield name
        short = name.partition(".")[0]
        if short != name and not _is_address(name):
            yield short


def folded(name: str) -> str:
    """A name as it is looked up."""
    return name.strip().casefold()[:1000]


def words(value: Any) -> str:
    """A field of a resource in words, for its history."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {_number(v)}" for k, v in sorted(value.items()))
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return str(value)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
