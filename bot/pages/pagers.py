"""The pagers that are connected, by channel, and whom a provider may call back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import integrations
from bot import channels
from integrations.base import Caller, IntegrationError, Misconfigured, Pager, Watcher

log = logging.getLogger("pixelview.pagers")


@dataclass(frozen=True, slots=True)
class Called:
    """An integration that is called back, with its settings and channels."""

    module: Caller
    settings: Mapping[str, Any]
    channels: tuple[str, ...]


class Pagers:
    """Connects each integration of the settings once, when it is first wanted."""

    def __init__(self, settings: channels.Pagers, url: str) -> None:
        self._settings = {n: channels.settings_of(n, s, url) for n, s in settings.items()}
        self._serves = channels.configured(self._settings)
        self._connected: dict[str, Pager] = {}
        self._broken: dict[str, Misconfigured] = {}

    def connect(self) -> None:
        """Connect all of them now, so that a mistake is in the log before the first page."""
        for channel in self._serves:
            try:
                self.get(channel)
            except Misconfigured as error:
                log.error("%s: %s", error.setting, error)  # noqa: TRY400  it says it all
        for name, settings in self._settings.items():
            if not settings["callback"] and isinstance(integrations.load(name), Caller):
                log.warning("%s: url is no public address, so nobody can answer by it", name)

    def put(self, channel: str, pager: Pager, integration: str = "") -> None:
        """Serve a channel by this pager from now on."""
        self._connected[channel] = pager
        self._serves[channel] = integration or channel
        self._broken.pop(channel, None)

    @property
    def problems(self) -> dict[str, str]:
        """Channel → why it can't page."""
        return {channel: str(error) for channel, error in self._broken.items()}

    @property
    def channels(self) -> frozenset[str]:
        """Every channel that is configured."""
        return frozenset(self._serves)

    def get(self, channel: str) -> Pager:
        """The pager of a channel; Misconfigured where there is none."""
        known = self._connected.get(channel)
        if known is not None:
            return known
        if channel in self._broken:
            raise self._broken[channel]
        name = self._serves.get(channel)
        if name is None:
            raise Misconfigured(f"{channel} is not configured", channel)
        try:
            self._connected.update(self._made(name))
        except IntegrationError as error:
            self._broken[channel] = _about(name, error)
            raise self._broken[channel] from error
        return self._connected[channel]

    def _made(self, name: str) -> dict[str, Pager]:
        connect = getattr(integrations.load(name), "connect", None)
        if connect is None:
            raise Misconfigured(f"the integration {name} can't page", name)
        found = connect(self._settings[name])
        if isinstance(found, Mapping):
            return dict(found)
        return dict.fromkeys(channels.channels_of(name), cast(Pager, found))

    def answers(self, channel: str) -> bool:
        """Whether an answer by that channel finds its way back to us."""
        name = self._serves.get(channel, "")
        if name not in self._settings:
            return channel in self._connected
        return bool(self._settings[name]["callback"]) and self.caller(name) is not None

    def caller(self, name: str) -> Called | None:
        """The integration that is called back under a name; None where none is configured."""
        settings = self._settings.get(name)
        module = integrations.load(name) if settings is not None else None
        if settings is None or not isinstance(module, Caller):
            return None
        return Called(module, settings, channels.channels_of(name))

    def serving(self, channel: str) -> Called | None:
        """The integration behind a channel as one that tells who answered; None where it is not
        configured."""
        name = self._serves.get(channel, "")
        module = integrations.load(name)
        if module is None:
            return None
        settings = self._settings.get(name, {})
        return Called(cast(Caller, module), settings, channels.channels_of(name))

    def keeps(self, channel: str, address: str) -> str:
        """What may stand of an address beside the sealed part of a row: nothing of a secret one."""
        module = integrations.load(self._serves.get(channel, ""))
        return "" if module is not None and module.MANIFEST.secret_addresses else address

    def watched(self) -> list[str]:
        """The channels whose pages have receipts that have to be asked about."""
        return sorted(c for c, pager in self._connected.items() if isinstance(pager, Watcher))

    async def close(self) -> None:
        """Let go of every connection."""
        made = {id(pager): pager for pager in self._connected.values()}
        self._connected.clear()
        for pager in made.values():
            await pager.close()


def _about(name: str, error: IntegrationError) -> Misconfigured:
    if isinstance(error, Misconfigured):
        setting = error.setting
        return Misconfigured(
            str(error), setting if setting.startswith(name) else f"{name}.{setting}"
        )
    return Misconfigured(f"{name} can't be connected: {error}", name)
