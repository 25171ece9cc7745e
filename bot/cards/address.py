"""Addresses that may be pressed: http or https with a host, and nothing that could break out."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2_000
_BREAKS_OUT = set('<>"|`\\')


def http(url: str) -> str | None:
    """The address as it is, or None where it is none or holds what a link could end at."""
    bare = url.strip()
    if len(bare) > LONGEST or not _is_http(bare) or _BREAKS_OUT.intersection(bare):
        return None
    return bare


def encoded(url: str, unsafe: str, longest: int) -> str | None:
    """The address with the ``unsafe`` characters percent-encoded, or None where it is none."""
    bare = url.strip()
    if len(bare) > longest or not _is_http(bare):
        return None
    return "".join(f"%{ord(c):02X}" if c in unsafe else c for c in bare)


def _is_http(bare: str) -> bool:
    if any(c.isspace() or not c.isprintable() for c in bare):
        return False
    try:
        parts = urlsplit(bare)
        return parts.scheme.lower() in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
