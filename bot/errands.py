"""Runs the errands of the outbox: whether somebody can be reached before a shift, groups in chat
that follow whoever is on call, and words that were edited or taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.abilities import Absence, KeepsGroups, OpensMessages, TellsPresence
from bot.actions import Actions
from bot.automation.answering import answer
from bot.bridge import Words
from bot.cards.model import Surface
from bot.executing import Executing
from bot.keeping import keep
from bot.letters import Letters
from bot.record import anchors
from bot.rooms import Rooms
from commands import anchoring, bridge, entering, groups, listening, preflight
from commands.automation import executing, inquiring, workflows
from commands.door import Door
from commands.inventory import finding
from commands.outgoing import Landed
from commands.rooms import ABOUT as ROOM
from commands.rules.oncall.readiness import Chat
from commands.stakeholders import LETTER
from integrations.base import IntegrationError, Misconfigured, Permanent, Transient
from store.model import Person
from store.model.chats import chat_of
from store.outbox import Row

if TYPE_CHECKING:
    from bot.carry import Accounts

_AUTOMATION = (executing.ABOUT, inquiring.ABOUT, workflows.ABOUT)
PATIENCE = 10.0
"""Seconds a chat may take to say whether somebody is there."""


class Errands:
    """Raises the integration errors; whatever is done may be done twice without harm."""

    def __init__(
        self, door: Door, surfaces: Mapping[str, Surface], accounts: Accounts, words: Words
    ) -> None:
        self._door, self._surfaces, self._accounts = door, surfaces, accounts
        self.words = words
        self.rooms = Rooms(door, surfaces, accounts, door.rules.url)
        self.letters: Letters | None = None
        self.executing = Executing(door)
        self.actions: Actions | None = None
        self.troubles: dict[str, str] = {}

    def act_by(self, actions: Actions) -> None:
        """Where actions and tickets are posted to."""
        self.actions = self.executing.actions = actions

    async def run(self, row: Row) -> Landed | None:
        """Do it; None where it is not wanted any more."""
        kind, _, name = (row.about or "").partition(":")
        try:
            if kind == preflight.CHECK:
                return await self._preflight(int(name))
            if kind == groups.ABOUT:
                return await self._group(row, name)
            if kind == LETTER and self.letters is not None:
                return await self.letters.run(row, name)
            if kind == entering.LETTERS and self.letters is not None:
                return await self.letters.sign_in(int(name))
            if kind == ROOM:
                return await self.rooms.run(row)
            if kind == bridge.ABOUT:
                return await self.words.follow(row, int(name))
            if kind == anchoring.ABOUT:
                return await self._anchor(row, name)
            if kind in _AUTOMATION:
                return await self._automation(row, kind, name)
            if kind == finding.TICKET:
                return await self._ticket(row)
            if kind == listening.ABOUT:
                return await self.words.first_words(row, int(name))
        except Transient as error:
            raise Transient(str(error), error.retry_after) from error
        raise Permanent(f"nobody runs errands about {kind}")

    async def _automation(self, row: Row, kind: str, name: str) -> Landed | None:
        """What systems that run actions are asked for."""
        if kind == executing.ABOUT:
            return await self.executing.run(row, int(name))
        if kind == workflows.ABOUT:
            return await keep(self._door, name)
        system = row.place.partition(":")[2].partition("/")[0]
        return await answer(self._door, self.executing.runner(system), int(name))

    async def _anchor(self, row: Row, number: str) -> Landed | None:
        """Keep an anchor of the record in a file."""
        found = await self._door.reader.read(lambda tx: anchoring.read(tx, number))
        if found is None:
            return None
        path = row.place.removeprefix(anchoring.FILE)
        await asyncio.to_thread(anchors.append, path, found)
        return Landed("", number)

    async def _ticket(self, row: Row) -> Landed | None:
        """A finding's ticket is posted to an action."""
        number, whole = int(row.content["finding"]), bool(row.content["whole"])
        url = self._door.rules.url
        told = await self._door.reader.read(lambda tx: finding.ticket_text(tx, number, whole, url))
        if told is None or self.actions is None:
            return None
        ticket = {"by": row.content["by"], **told}
        return await self.actions.post(row, {"ticket": ticket}, self._door.clock.now())

    # before a shift

    async def _preflight(self, number: int) -> Landed | None:
        asked = await self._door.system(lambda ctx: preflight.wanted(ctx, number))
        if asked is None:
            return None
        names = sorted(self._surfaces)
        said = await asyncio.gather(
            *(self._chat(asked.person, self._surfaces[n], asked.soon) for n in names)
        )
        chats: dict[str, Chat] = {}
        for name, chat in zip(names, said, strict=True):
            via = chat_of(name)
            if chat is not None and (via not in chats or _better(chat, chats[via])):
                chats[via] = chat
        await self._door.system(lambda ctx: preflight.found(ctx, number, chats))
        return Landed("", "checked")

    async def _chat(self, person: Person, surface: Surface, soon: bool) -> Chat | None:
        """What one chat says of a person; None where it does not answer."""
        try:
            async with asyncio.timeout(PATIENCE):
                account = await self._accounts.account(person, surface)
                if account is None:
                    return Chat(linked=False)
                absent = await available(surface, account) if soon else None
                opens, why = await self._opens(surface, account)
        except (IntegrationError, TimeoutError):
            return None
        words, until, quiet = (
            (absent.words, absent.until, absent.quiet) if absent else ("", None, False)
        )
        return Chat(True, opens, why, words, until, quiet)

    async def _opens(self, surface: Surface, account: str) -> tuple[bool | None, str]:
        if not isinstance(surface, OpensMessages):
            return None, ""
        try:
            await surface.opens(account)
        except (Permanent, Misconfigured) as error:
            return False, str(error)
        except IntegrationError:
            return None, ""
        return True, ""

    # groups

    async def _group(self, row: Row, team: str) -> Landed | None:
        group = str(row.content["group"])
        known = self._door.definitions().teams.get(team)
        if known is None or group not in known.usergroups:
            self.troubles.pop(f"{team}/{group}", None)
            return None
        kept: dict[str, list[str]] = json.loads(row.message) if row.message else {}
        try:
            for via, name in self._places(group):
                kept[via] = await self._keep(via, name, team, kept.get(via))
        except (Permanent, Misconfigured) as error:
            self.troubles[f"{team}/{group}"] = str(error)
            raise
        self.troubles.pop(f"{team}/{group}", None)
        await self._door.system(lambda ctx: groups.followed(ctx, team, group))
        return Landed("", json.dumps(kept))

    def _places(self, group: str) -> list[tuple[str, str]]:
        """The chats a group is in, and its name there."""
        via, colon, name = group.partition(":")
        able = [n for n, s in self._surfaces.items() if isinstance(s, KeepsGroups)]
        if not colon:
            return [(n, group.removeprefix("@")) for n in sorted(able)]
        if via not in able:
            raise Misconfigured(f"{via} is not connected, so {name} can't follow", via)
        return [(via, name.removeprefix("@"))]

    async def _keep(self, via: str, name: str, team: str, before: list[str] | None) -> list[str]:
        """Make it so; who is in it now."""
        surface = self._surfaces[via]
        definitions, now = self._door.definitions(), self._door.clock.now()
        wanted = await self._found(groups.members(definitions, team, now), surface)
        others = before
        if others is None:
            others = await self._found(groups.others(definitions, team, now), surface)
        assert isinstance(surface, KeepsGroups)
        await surface.keep_group(name, wanted, [a for a in others if a not in wanted])
        return wanted

    async def _found(self, people: list[Person], surface: Surface) -> list[str]:
        found = [await self._accounts.account(person, surface) for person in people]
        return [account for account in found if account is not None]


def _better(one: Chat, other: Chat) -> bool:
    """Of two workspaces of a chat, whether a person is rather reached in the first."""
    return (one.linked, one.opens is not False) > (other.linked, other.opens is not False)


async def available(surface: Surface, account: str) -> Absence | None:
    """What keeps somebody from answering in a chat, where it tells."""
    return await surface.available(account) if isinstance(surface, TellsPresence) else None
