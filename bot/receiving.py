"""Reads a body again as the intake would: by the integration and the settings of its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import integrations
from integrations.base import Malformed, Reading, Receiver, Request
from store.access import Source


class Receiving:
    """``source_settings`` are those of the settings file; they go before those of the source."""

    def __init__(self, source_settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._settings = source_settings

    def read(self, source: Source, request: Request) -> Reading:
        """What a request to a source says; its signature was looked at when it came."""
        receiver = integrations.load(source.integration)
        if not isinstance(receiver, Receiver):
            raise Malformed(f"the integration {source.integration} can't be used", "integration")
        settings = {**source.settings, **self._settings.get(source.name, {})}
        return receiver.read(replace(request, settings=settings))
