"""Which source a mail is for: by the token in its address, or by an address the settings name."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from ipaddress import ip_address

from bot.inbox.settings import MailIntakeSettings
from commands.context import Ctx
from commands.door import Door
from commands.people import Identity
from store import access
from store.access import Source

log = logging.getLogger("pixelview.mail")

READER = "email"


class Recipients:
    """Tokens are looked up as the webhooks' are; a wrong one is nobody's."""

    def __init__(self, door: Door, identity: Identity, settings: MailIntakeSettings) -> None:
        self._door, self._identity = door, identity
        self._addresses, self._networks = settings.addresses, settings.allowed()
        self._sources: dict[str, int] = {}
        self.troubles: dict[str, str] = {}

    async def prepare(self, names: Iterable[str]) -> None:
        """Make the sources that the settings name; whose name is taken is a trouble."""
        for name in sorted({*names, *self._addresses.values()}):
            try:
                self._sources[name] = await self._door.system(partial(_made, name=name))
            except ValueError as error:
                self.troubles[name] = f"{error}; name another source for its mails"
                log.error("intake.mail: %s", self.troubles[name])  # noqa: TRY400

    async def named(self, name: str) -> Source | None:
        """A source of the settings, as it is now."""
        number = self._sources.get(name)
        if number is None:
            return None
        return await self._door.reader.read(lambda tx: access.source_of(tx, number))

    async def source(self, address: str, sender_ip: str) -> Source | None:
        """The source a mail from this host is for: that of its token, or of an address of the
        settings where the host is in one of their networks; None for any other."""
        if found := await self._by_token(address, sender_ip):
            return found
        return await self._by_name(address) if self._may(sender_ip) else None

    async def of_address(self, address: str) -> Source | None:
        """The source of an address in a mail that came through a mailbox."""
        return await self._by_token(address) or await self._by_name(address)

    async def _by_token(self, address: str, sender_ip: str = "") -> Source | None:
        """``<token>@…`` or ``anything+<token>@…``."""
        local, at, domain = address.strip().strip("<>").rpartition("@")
        local = local if at else domain
        for secret in dict.fromkeys((local, local.rpartition("+")[2])):
            if found := await self.of_token(secret, sender_ip):
                return found
        return None

    async def _by_name(self, address: str) -> Source | None:
        name = self._addresses.get(address.strip().strip("<>").casefold())
        return await self.named(name) if name is not None else None

    async def of_token(self, secret: str, sender_ip: str = "") -> Source | None:
        """The source a token opens; many devices write addresses in lower case. One that works
        from some addresses alone takes no mail whose sender's address is not known."""
        if not secret.lower().startswith("pvi_"):
            return None
        for written in dict.fromkeys((secret, secret.lower())):
            token = await self._identity.token(written, sender_ip)
            if token is not None and token.source is not None:
                return token.source if token.source.integration == READER else None
        return None

    def _may(self, sender_ip: str) -> bool:
        try:
            found = ip_address(sender_ip.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self._networks)


def _made(ctx: Ctx, name: str) -> int:
    return access.source(ctx.tx, ctx.now, name, READER).id
