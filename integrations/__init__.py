"""One file or package per outside system; found by listing this folder and by entry point.

Nothing is imported until it is asked for, and one that fails to import is reported in
``problems()`` and leaves the others alone.
"""

from __future__ import annotations

import logging
import pkgutil
import re
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, cast

from integrations import _names
from integrations.base import Manifest

GROUP = "pixelview.integrations"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_log = logging.getLogger(__name__)
_problems: dict[str, str] = {}


class Integration(Protocol):
    """What every integration has; each capability adds methods (``base.Receiver``, …)."""

    MANIFEST: Manifest


def names() -> tuple[str, ...]:
    """Names of all integrations, ours and third parties', sorted; imports none of them."""
    return tuple(sorted({*_ours(), *_theirs()}))


def load(name: str) -> Integration | None:
    """The integration of this name, or of one that means it; None where there is none or it can't
    be imported."""
    name = name if name in _ours() or name in _theirs() else called(name)
    return _load(name) if name in _ours() or name in _theirs() else None


def called(name: str) -> str:
    """The name of the integration that reads what people send under this name: ``uptime-kuma``,
    ``New Relic``, ``gcp``; the same name where it is one already, or means none."""
    there = name in _ours() or name in _theirs()
    return name if there and name not in _names.SHARED else _names.meant(name, names())


def near(name: str) -> str:
    """The integration that was probably meant; "" where none is near."""
    return _names.near(name, names())


def unknown(name: str) -> str:
    """What to tell a person who names an integration that is not there."""
    said, meant = f"there is no integration {name[:64]}", near(name)
    return f"{said}; did you mean {meant}?" if meant else f"{said}; there are: {', '.join(names())}"


@cache
def _load(name: str) -> Integration | None:
    try:
        found = import_module(f"{__name__}.{name}") if name in _ours() else _theirs()[name].load()
    except Exception as error:  # noqa: BLE001  (a third party's import may raise anything)
        _report(name, f"can't be imported: {type(error).__name__}: {error}")
        return None
    return _checked(name, found)


def problems() -> dict[str, str]:
    """Name → what is wrong with it, of the integrations that could not be used so far."""
    names()
    return dict(_problems)


def forget() -> None:
    """Look afresh: after an installation, and in tests."""
    for cached in (_ours, _theirs, _load):
        cached.cache_clear()
    _problems.clear()


def _checked(name: str, found: object) -> Integration | None:
    manifest = getattr(found, "MANIFEST", None)
    if not isinstance(manifest, Manifest):
        _report(name, "has no MANIFEST")
        return None
    if manifest.name != name:
        _report(name, f"its MANIFEST says {manifest.name!r}")
        return None
    return cast(Integration, found)


@cache
def _ours() -> frozenset[str]:
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return frozenset(name for name in found if _NAME.fullmatch(name) and name != "base")


@cache
def _theirs() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if not _NAME.fullmatch(entry.name):
            _report(entry.name, "its name must be lower case letters, digits and _")
        elif entry.name in _ours():
            _report(entry.name, f"{entry.value} is not used: PixelView has its own of this name")
        elif entry.name in found and found[entry.name].value != entry.value:
            _report(entry.name, f"{entry.value} is not used: {found[entry.name].value} came first")
        else:
            found[entry.name] = entry
    return found


def _report(name: str, problem: str) -> None:
    _log.error("integration %s %s", name, problem)
    _problems[name] = problem
