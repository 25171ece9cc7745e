"""People's own browsers as one pager: a page by web push goes to each of a person's devices."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from commands.door import Door
from integrations import webpush
from integrations.base import IntegrationError, PageMessage, Permanent, Transient
from integrations.webpush import Gone, WebPush
from store import audit, pushes
from store.model import Actor
from store.pushes import Device

log = logging.getLogger("pixelview.push")

MOST = 10
"""Devices of one person; the oldest one makes room."""


class Devices:
    """The pager of the channel ``webpush``; an address is a person's handle."""

    def __init__(self, door: Door, settings: Mapping[str, Any], url: str) -> None:
        self._door, self._settings = door, dict(settings)
        self._settings["subject"] = settings.get("subject") or _subject(url)
        self._made: WebPush | None = None
        self._making = asyncio.Lock()

    async def public_key(self) -> str:
        """What a browser subscribes with."""
        return (await self._sender()).public_key

    async def page(self, to: str, message: PageMessage) -> str:
        """Push it to every device of a person; it went out where one of them took it."""
        sender = await self._sender()
        return await self._to_all(to, lambda address: sender.page(address, message))

    async def follow(self, to: str, provider_id: str, message: PageMessage, state: str) -> None:
        """The notification turns into what became of it, silently."""
        sender = await self._sender()

        async def turn(address: str) -> str:
            await sender.follow(address, provider_id, message, state)
            return ""

        await self._to_all(to, turn)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def add(self, actor: Actor, address: str, name: str) -> int:
        """A browser of the actor's takes pushes from now on; Permanent where it is no subscription
        we may push to."""
        sender = await self._sender()
        endpoint = sender.endpoint(address)

        def keep(ctx: Any) -> int:
            for old in pushes.of_person(ctx.tx, actor.id)[: -MOST + 1]:
                pushes.remove(ctx.tx, old.id)
            added = pushes.add(ctx.tx, ctx.now, actor.id, endpoint, name, address)
            self._note(ctx, actor, "device.add", {"device": name})
            return added

        return await self._door.system(keep)

    async def remove(self, actor: Actor, device_id: int) -> bool:
        """A browser of the actor's takes no more; False where it is none of theirs."""

        def drop(ctx: Any) -> bool:
            mine = [d for d in pushes.of_person(ctx.tx, actor.id) if d.id == device_id]
            if not mine:
                return False
            pushes.remove(ctx.tx, device_id)
            self._note(ctx, actor, "device.remove", {"device": mine[0].name})
            return True

        return await self._door.system(drop)

    async def of(self, handle: str) -> list[Device]:
        """The devices of a person."""
        return await self._door.reader.read(lambda tx: pushes.of_person(tx, handle))

    async def _sender(self) -> WebPush:
        async with self._making:
            if self._made is None:
                key = await self._door.system(
                    lambda ctx: pushes.private_key(ctx.tx, webpush.new_key)
                )
                now = self._door.clock.now
                self._made = webpush.connect({**self._settings, "private_key": key, "now": now})
            return self._made

    async def _to_all(self, handle: str, send: Callable[[str], Awaitable[str]]) -> str:
        devices = await self.of(handle)
        if not devices:
            raise Permanent("no browser of theirs takes pushes")
        results = await asyncio.gather(*(self._one(d, send) for d in devices))
        failed = [r for r in results if isinstance(r, IntegrationError)]
        if len(failed) < len(devices):
            return "shown"
        worth_another = [e for e in failed if isinstance(e, Transient)]
        raise (worth_another or failed)[0]

    async def _one(
        self, device: Device, send: Callable[[str], Awaitable[str]]
    ) -> str | IntegrationError:
        try:
            return await send(device.address)
        except Gone as error:
            await self._door.system(lambda ctx: pushes.remove(ctx.tx, device.id))
            log.info("a browser of %s gave its subscription up", device.person)
            return error
        except IntegrationError as error:
            return error

    def _note(self, ctx: Any, actor: Actor, verb: str, detail: dict[str, str]) -> None:
        audit.append(ctx.tx, self._door.writer_name, ctx.now, actor, verb, "ok", None, detail)


def _subject(url: str) -> str:
    """Push services want somebody to write to: our address where it is a public one."""
    return url if url.startswith("https://") else "mailto:pixelview@localhost"
