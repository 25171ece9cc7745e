"""The connectors there are, by the kind of source; importing one imports no SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import integrations
from integrations.base import Connector, Misconfigured, Setting


def module_of(kind: str) -> Any | None:
    """The integration that connects to this kind, or None."""
    if kind not in integrations.names():
        return None
    found = integrations.load(kind)
    return found if callable(getattr(found, "inventory", None)) else None


def offered(kind: str) -> tuple[Setting, ...]:
    """The settings that a connector of a kind understands."""
    return tuple(getattr(module_of(kind), "INVENTORY", ()))


def wrong(kind: str, own: Mapping[str, Any]) -> Misconfigured | None:
    """What can't be in the settings of a source, as far as they alone tell. A file that is not
    there may come later, and is none of it."""
    check = getattr(module_of(kind), "check_source", None)
    later = {setting for setting, _ in absent(kind, own)}
    if check is None:
        return None
    given = dict(own)
    while True:
        try:
            check(given)
        except Misconfigured as error:
            if error.setting not in later:
                return error
            later.discard(error.setting)
            given[error.setting] = None
        except (TypeError, ValueError, LookupError, AttributeError):
            return None  # what the connector did not foresee it says itself, once it is made
        else:
            return None


def absent(kind: str, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The files that are named and are not there: setting and path."""
    for setting in offered(kind):
        path = own.get(setting.name)
        named = setting.name == "kubeconfig" or setting.name.endswith("_file")
        if named and isinstance(path, str) and path and not Path(path).expanduser().is_file():
            yield setting.name, path


def connect(name: str, kind: str, own: Mapping[str, Any]) -> Connector:
    """The connector of a source; Misconfigured where its settings can't be."""
    found = module_of(kind)
    if found is None:
        raise Misconfigured(f"nothing connects to {kind}", f"inventory.sources.{name}.kind")
    return cast(Connector, found.inventory(name, own))
