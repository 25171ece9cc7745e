"""Roles that people hold because of groups in a chat: looked up now and then, and at once where a
press shows that somebody's groups are others. What a chat does not tell takes nothing away until
the settings' time for that is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from bot.abilities import TellsGroups
from bot.cards.model import Account, Surface
from bot.desk import Desk
from bot.latest import Latest
from bot.running import Looking
from bot.settings import Settings
from commands.context import Ctx
from commands.door import SYSTEM, Door
from commands.people import Identity
from commands.rules.origins import groups_roles
from integrations.base import IntegrationError
from store import audit, grants
from store.access import account_on
from store.clock import MINUTE
from store.db import Tx
from store.model import Person
from store.model.access import Pair

log = logging.getLogger("pixelview.roles")

PATIENCE = 1.5
"""Seconds a press waits for a chat to say which groups somebody is in."""
LONG = 120.0
"""The same, where all people of a chat are looked up."""
SWEEP = 30.0


class Parts(Protocol):
    """The parts of the process that it works with."""

    door: Door
    identity: Identity
    desk: Desk
    settings: Settings
    surfaces: dict[str, Surface]


class Lent:
    """One task beside everything else; the desk tells it who speaks."""

    def __init__(self, app: Parts) -> None:
        self._door, self._identity, self._surfaces = app.door, app.identity, app.surfaces
        self._every = app.settings.access.look * MINUTE
        app.desk.seen = self.seen
        self._looked_at: dict[str, int] = {}
        self._seen: Latest[tuple[str, str], tuple[str, ...]] = Latest(5_000)
        wrong = "roles from groups could not be looked at"
        self._looking = Looking(self.look, SWEEP, "pixelview-roles", log, wrong)

    @property
    def _origins(self) -> Mapping[str, Mapping[str, tuple[Pair, ...]]]:
        return self._door.rules.origins.groups

    def start(self) -> None:
        """Look from now on."""
        self._looking.start()

    async def stop(self) -> None:
        """End, also in the middle of an answer."""
        await self._looking.stop()

    async def look(self) -> None:
        """Ask every chat that is due; end what was not said again for too long."""
        now = self._door.clock.now()
        for chat in self._origins:
            if now - self._looked_at.get(chat, -self._every) >= self._every:
                self._looked_at[chat] = now
                await self._chat(chat)
        if any(g.until is not None and g.until <= now for g in self._door.definitions().granted):
            await self._door.system(self._end)

    async def _chat(self, chat: str) -> None:
        """All people of a chat."""
        surface: object = self._surfaces.get(chat)
        known = self._door.definitions()
        accounts = await self._door.reader.read(lambda tx: self._accounts(tx, chat))
        gone = {g.person for g in known.granted if g.source == chat} - accounts.keys()
        if isinstance(surface, TellsGroups):
            groups = await self._ask(surface, chat, [*accounts.values()])
            if groups is not None:
                for handle, account in accounts.items():
                    await self._keep(known.people[handle], chat, groups.get(account, ()))
        for handle in gone & known.people.keys():
            await self._keep(known.people[handle], chat, ())

    async def _ask(
        self, surface: TellsGroups, chat: str, accounts: list[str]
    ) -> Mapping[str, tuple[str, ...]] | None:
        """Who is in which of the groups that count; None where the chat does not tell."""
        try:
            async with asyncio.timeout(PATIENCE if len(accounts) == 1 else LONG):
                return await surface.groups_of(accounts, [*self._origins[chat]])
        except (IntegrationError, TimeoutError) as error:
            log.warning("%s does not say who is in which group: %s", chat, error)
            return None

    def _accounts(self, tx: Tx, chat: str) -> dict[str, str]:
        """Handle → account, of those who have one there."""
        people = self._door.definitions().people.values()
        found = {p.handle: p.contacts.get(chat) or account_on(tx, p.handle, chat) for p in people}
        return {handle: account for handle, account in found.items() if account}

    async def seen(self, account: Account) -> None:
        """Somebody speaks or presses: where their groups are others than before, look at once."""
        key = account.surface, account.id
        if account.groups is None or account.surface not in self._origins:
            return
        now = tuple(sorted(account.groups))
        if self._seen.get(key) == now:
            return
        person = self._identity.known(account.surface, account.id)
        surface: object = self._surfaces.get(account.surface)
        if person is None or not isinstance(surface, TellsGroups):
            return
        groups = await self._ask(surface, account.surface, [account.id])
        if groups is None:
            return
        self._seen[key] = now
        await self._keep(person, account.surface, groups.get(account.id, ()))

    async def _keep(self, person: Person, chat: str, groups: tuple[str, ...]) -> None:
        origins, now = self._door.rules.origins, self._door.clock.now()
        wanted = groups_roles(origins, chat, groups)
        held = [g for g in self._door.definitions().granted if g.person == person.handle]
        mine = {(g.team, g.role): g.until or 0 for g in held if g.source == chat}
        fresh = all(until > now + origins.keep // 2 for until in mine.values())
        if mine.keys() == wanted.keys() and fresh:
            return

        def keep(ctx: Ctx) -> None:
            until = ctx.now + origins.keep
            kept = grants.keep(ctx.tx, ctx.now, person.handle, chat, wanted, until)
            ctx.roles_changed()
            if kept:
                given = [f"{role}@{team}" for team, role in kept.given]
                taken = [f"{role}@{team}" for team, role in kept.taken]
                self._note(ctx, "roles.chat", person.handle, chat, given, taken)

        await self._door.system(keep)

    def _end(self, ctx: Ctx) -> None:
        """Nobody said it again in time."""
        for each in grants.ended(ctx.tx, ctx.now):
            taken = [f"{each.role}@{each.team}"]
            self._note(ctx, "roles.ended", each.person, each.source, [], taken)
        ctx.roles_changed()

    def _note(
        self, ctx: Ctx, verb: str, person: str, source: str, given: list[str], taken: list[str]
    ) -> None:
        detail = {"person": person, "from": source, "given": given, "taken": taken}
        writer = self._door.writer_name
        audit.append(ctx.tx, writer, ctx.now, SYSTEM, verb, "ok", None, detail)
