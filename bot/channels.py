"""The channels that reach people: settings of the integrations that page, and what can be wrong
with them, with the rules and addresses of people that use them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import integrations
from bot.yamlfile import Place
from integrations.base import Capability, Manifest, Misconfigured
from store.model.chats import workspace_of

BUILT_IN = ("slack", "discord", "email")
"""Channels with settings of their own."""

BY_HANDLE = ("webpush",)
"""Channels that need no settings and no address: people add their own devices in the console."""

Pagers = Mapping[str, Mapping[str, Any]]
"""Integration → what the file says of it."""

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Reaching(Protocol):
    """What a person's settings say of how to reach them."""

    @property
    def contacts(self) -> Mapping[str, str]:
        """Channel → address."""
        ...

    @property
    def vias(self) -> Mapping[str, tuple[str, ...]]:
        """``rules`` and ``important``, each with the channels of its rules in order."""
        ...


def split(
    values: Mapping[Any, Any], known: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of a file without those keys that name an integration that pages, and these."""
    pagers = {k: v for k, v in values.items() if k not in known and _pages(str(k))}
    return {k: v for k, v in values.items() if k not in pagers}, pagers


def _pages(name: str) -> bool:
    manifest = _manifest(name)
    return manifest is not None and Capability.PAGE in manifest.capabilities


def _manifest(name: str) -> Manifest | None:
    found = integrations.load(name)
    return found.MANIFEST if found is not None else None


def channels_of(name: str) -> tuple[str, ...]:
    """The channels of one integration; none where it does not page."""
    manifest = _manifest(name)
    if manifest is None or Capability.PAGE not in manifest.capabilities:
        return ()
    return manifest.channels or (manifest.name,)


def configured(pagers: Collection[str]) -> dict[str, str]:
    """Channel → the integration that serves it, of those that are configured."""
    return {channel: name for name in pagers for channel in channels_of(name)}


def everywhere() -> dict[str, str]:
    """Channel → integration, of all that are installed beside those of ours with a key of their
    own; imports every one of them."""
    names = (n for n in integrations.names() if n not in BUILT_IN)
    return {channel: name for name in names for channel in channels_of(name)}


def settings_of(name: str, given: Mapping[str, Any], url: str) -> dict[str, Any]:
    """What the integration is connected with: defaults, the file, and where it can call us back."""
    manifest = _manifest(name)
    defaults = {s.name: s.default for s in manifest.settings} if manifest else {}
    merged = {**defaults, **{k: v for k, v in given.items() if v is not None}}
    return {**merged, "callback": _callback(name, merged, url)}


def _callback(name: str, settings: Mapping[str, Any], url: str) -> str:
    """Empty where the provider is not on this machine and our address is."""
    there = urlsplit(str(settings.get("base_url") or "")).hostname
    if urlsplit(url).hostname in _HERE and there not in _HERE:
        return ""
    return f"{url.rstrip('/')}/callback/{name}"


# what can be wrong


def mistakes(
    pagers: Mapping[str, Any], people: Mapping[str, Reaching], url: str
) -> Iterator[tuple[Place, str]]:
    """Unknown, missing and wrong settings; rules by channels that aren't there; bad addresses."""
    for name, given in pagers.items():
        found = list(_shape(name, given))
        yield from found or _checked(name, given or {}, url)
    served = {**configured(pagers), **{channel: channel for channel in BY_HANDLE}}
    for handle, person in people.items():
        yield from _rules(handle, person, served)
        yield from _addresses(handle, person, served)


def _shape(name: str, given: Any) -> Iterator[tuple[Place, str]]:
    manifest = _manifest(name)
    settings = {s.name: s for s in manifest.settings} if manifest else {}
    if not isinstance(given or {}, Mapping):
        yield (name,), f"write its settings below it: {', '.join(settings)}"
        return
    values = given or {}
    for key, value in values.items():
        if key not in settings:
            yield (name, key), f"no such setting; there are {', '.join(settings)}"
        elif wrong := _wrong_type(settings[key].default, value):
            yield (name, key), wrong
    for setting in settings.values():
        if setting.required and values.get(setting.name) in (None, ""):
            yield (name,), f"{setting.name} is missing: {setting.help}"


def _wrong_type(default: Any, value: Any) -> str:
    if isinstance(default, bool):
        return "" if isinstance(value, bool) else "write true or false"
    if isinstance(default, int):
        fine = isinstance(value, int) and not isinstance(value, bool)
        return "" if fine else "write a whole number"
    if isinstance(default, str) and not isinstance(value, str):
        return "write it as text, in quotes"
    return ""


def _checked(name: str, given: Mapping[str, Any], url: str) -> Iterator[tuple[Place, str]]:
    check = getattr(integrations.load(name), "check", None)
    if check is None:
        return
    try:
        check(settings_of(name, given, url))
    except Misconfigured as error:
        setting = error.setting.removeprefix(f"{name}.")
        yield ((name, setting) if setting in given else (name,)), str(error)


def _rules(handle: str, person: Reaching, served: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    for rules, vias in person.vias.items():
        for i, via in enumerate(vias):
            if via not in BUILT_IN and via not in served and not workspace_of(via):
                yield ("people", handle, rules, i, "via"), _not_there(via, served)


def _addresses(
    handle: str, person: Reaching, served: Mapping[str, str]
) -> Iterator[tuple[Place, str]]:
    for channel, address in person.contacts.items():
        place: Place = ("people", handle, "contacts", channel)
        if workspace_of(channel):
            continue
        if channel in BUILT_IN:
            yield place, f"write it as {channel}: of the person"
        elif channel in BY_HANDLE:
            yield place, "devices are added by their owner, in the console"
        elif channel not in served:
            if channel not in everywhere():
                yield place, _not_there(channel, served)
        elif wrong := mistake(channel, address, served):
            yield place, wrong


def mistake(channel: str, address: str, served: Mapping[str, str]) -> str:
    """What is wrong with an address of a channel, as its integration sees it; "" where nothing."""
    judge = getattr(integrations.load(served[channel]), "mistake", None)
    return cast(str, judge(channel, address)) if judge is not None else ""


def _not_there(channel: str, served: Mapping[str, str]) -> str:
    serves = everywhere().get(channel)
    if serves is not None:
        return f"{channel} needs settings of {serves} in this file"
    known = ", ".join((*BUILT_IN, *served))
    return f"{channel} is no channel that is configured: {known}"
