"""The SDK's models of services, cut down to the calls that are made: whole they take 75 MB."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from threading import Lock
from typing import Any

from integrations.aws import rights


@cache
def loader() -> Any:
    """What reads the SDK's models, shared by all sessions of all sources."""
    from botocore.loaders import Loader

    class Models(Loader):  # type: ignore[misc]
        """Keeps what it has read, but of a service's model no more than is used."""

        def __init__(self) -> None:
            super().__init__()
            self._kept: dict[tuple[str, str], Any] = {}
            self._lock = Lock()

        def load_service_model(
            self, service_name: str, type_name: str, api_version: str | None = None
        ) -> Any:
            key = (service_name, type_name)
            with self._lock:
                if key not in self._kept:
                    model = super().load_service_model(service_name, type_name, api_version)
                    if type_name == "service-2":
                        model = cut(model, rights.operations(service_name))
                    self._kept[key] = model
                    self._forget(service_name)
                return self._kept[key]

        def _forget(self, service: str) -> None:
            """What the cache below us holds of a service is the whole of it."""
            for key in list(self._cache):
                if any(str(each).split("/")[0] == service for each in key[1:]):
                    del self._cache[key]

    return Models()


def cut(model: Mapping[str, Any], operations: frozenset[str]) -> dict[str, Any]:
    """A service's model with these operations, the shapes they need, and no documentation."""
    kept = {name: each for name, each in model["operations"].items() if name in operations}
    shapes: dict[str, Any] = {}
    wanted = list(_shapes(kept))
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            wanted += _shapes(shapes[name])
    return {**model, "operations": _bare(kept), "shapes": _bare(shapes)}


def _shapes(holder: Any) -> Iterator[str]:
    if isinstance(holder, Mapping):
        if isinstance(name := holder.get("shape"), str):
            yield name
        for each in holder.values():
            yield from _shapes(each)
    elif isinstance(holder, list):
        for each in holder:
            yield from _shapes(each)


def _bare(holder: Any) -> Any:
    if isinstance(holder, Mapping):
        return {
            name: _bare(each)
            for name, each in holder.items()
            if name != "documentation" or not isinstance(each, str)
        }
    return [_bare(each) for each in holder] if isinstance(holder, list) else holder
