"""What proxies write about whom they speak for: ``X-Forwarded-*``, and RFC 7239's ``Forwarded``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 40
"""Most hops that are looked at, from the right; a caller may have written thousands."""

_PAIR = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s";,]*)\s*')
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9a-fA-F:.]{2,45}\](:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Hop:
    """One proxy's word: whom it was asked by, and over which scheme, under which host ("" where it
    does not say)."""

    address: str
    scheme: str = ""
    host: str = ""


def x_forwarded(headers: Any) -> Sequence[Hop]:
    """The hops of ``X-Forwarded-For``, the nearest one last. Scheme and host belong to the hop at
    their place where there are as many of them, else to the nearest one alone."""
    addresses = _listed(headers, "X-Forwarded-For")
    schemes = [_scheme(s) for s in _listed(headers, "X-Forwarded-Proto")]
    hosts = [_host(h) for h in _listed(headers, "X-Forwarded-Host")]
    if not addresses:
        return [Hop("", schemes[-1] if schemes else "", hosts[-1] if hosts else "")] * (
            1 if schemes or hosts else 0
        )
    schemes, hosts = _beside(schemes, len(addresses)), _beside(hosts, len(addresses))
    return [Hop(*each) for each in zip(addresses, schemes, hosts, strict=True)]


def _beside(values: list[str], count: int) -> list[str]:
    return values if len(values) == count else [""] * (count - 1) + (values[-1:] or [""])


def _listed(headers: Any, name: str) -> list[str]:
    written = ",".join(headers.getall(name, ()))
    return [part.strip() for part in written.split(",")][-LONGEST:] if written else []


def standard(headers: Any) -> Sequence[Hop]:
    """The hops of ``Forwarded``, the nearest one last; one that can't be read has no address."""
    written = ",".join(headers.getall("Forwarded", ()))
    return [_element(each) for each in _elements(written)][-LONGEST:] if written else []


def _elements(written: str) -> list[str]:
    """Parts between commas that stand in no quotes."""
    parts, start, quoted, i = [], 0, False, 0
    while i < len(written):
        if quoted and written[i] == "\\":
            i += 1
        elif written[i] == '"':
            quoted = not quoted
        elif written[i] == "," and not quoted:
            parts.append(written[start:i])
            start = i + 1
        i += 1
    return [*parts, written[start:]]


def _element(written: str) -> Hop:
    found: dict[str, str] = {}
    at = 0
    while at < len(written):
        pair = _PAIR.match(written, at)
        if pair is None or (pair.end() < len(written) and written[pair.end()] != ";"):
            return Hop("")
        value = pair[2]
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        if pair[1].lower() in found:
            return Hop("")
        found[pair[1].lower()] = value
        at = pair.end() + 1
    return Hop(found.get("for", ""), _scheme(found.get("proto", "")), _host(found.get("host", "")))


def _scheme(written: str) -> str:
    return found if (found := written.lower()) in ("http", "https") else ""


def _host(written: str) -> str:
    return written if _HOST.fullmatch(written) else ""
