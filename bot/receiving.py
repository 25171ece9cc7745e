"""Reads a body again as the intake would: by the integration and the settings of its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

import integrations
from bot import yamlfile
from bot.yamlfile import BadSettings
from commands.mapping import PARTS
from integrations import _proof
from integrations.base import Malformed, Misconfigured, Reading, Receiver, Request
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

    def in_the_file(self, name: str) -> bool:
        """Whether the settings file has settings of a source."""
        return name in self._settings

    def proof(self, source: Source) -> str:
        """How the webhooks of a source prove that they are its sender's: signed, secret sent, or
        by the token only."""
        settings = {**source.settings, **self._settings.get(source.name, {})}
        return _proof.kind(integrations.load(source.integration), settings)

    def integration(self, name: str) -> str:
        """The integration that is called so; Misconfigured names the one that may be meant."""
        found = integrations.called(name)
        if integrations.load(found) is None:
            raise Misconfigured(integrations.unknown(name), "intake")
        return found

    def written(self, integration: str, text: str) -> dict[str, Any]:
        """A mapping as people write it; Misconfigured names what can't work."""
        try:
            if _has_aliases(text):
                raise Misconfigured("aliases (*name) are not read here", "")
            found = yamlfile.read(text, "mapping", {}).values
        except BadSettings as error:
            raise Misconfigured(str(error).splitlines()[0], "") from None
        except (RecursionError, ValueError):
            raise Misconfigured("this is no mapping", "") from None
        for name in found:
            if name not in PARTS:
                raise Misconfigured(f"is none of {', '.join(PARTS)}", str(name)[:40])
        check = getattr(integrations.load(integration), "check", None)
        if check is not None:
            check(found)
        return found


def _has_aliases(text: str) -> bool:
    """Few letters with aliases can stand for more than fits into memory."""
    try:
        return any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text))
    except yaml.YAMLError:
        return False


def text_of(mapping: Mapping[str, Any]) -> str:
    """A mapping as people write it."""
    return yaml.safe_dump(dict(mapping), allow_unicode=True, sort_keys=False) if mapping else ""
