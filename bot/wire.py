"""The way out for the chats' libraries, and the settings that all ways out share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.network_settings import OutsideSettings
from integrations import _wire
from store import tls

if TYPE_CHECKING:
    import aiohttp


def use(settings: OutsideSettings) -> None:
    """This process goes out as the settings say."""
    tls.believe(settings.ca_file)
    _wire.use(settings.guard())


def proxy(base: str) -> str | None:
    """The proxy to ask for an address, None where it is asked directly."""
    return _wire.proxy(base)


def connector(**more: Any) -> aiohttp.TCPConnector:
    """Connections that verify whom they reach."""
    import aiohttp

    return aiohttp.TCPConnector(ssl=tls.trust(), **more)


def session(base: str, timeout: aiohttp.ClientTimeout) -> aiohttp.ClientSession:
    """A session for one chat, whose base address the operator wrote: without cookies, and without
    what the environment of the process says."""
    import aiohttp

    return aiohttp.ClientSession(
        timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
        connector=connector(), proxy=proxy(base),
    )  # fmt: skip
