"""Which person an account in a chat is: as the definitions say, as it was linked, or by the e-mail
address that the chat confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from commands import linked
from commands.acting import actor_of
from commands.context import Ctx
from commands.door import Door
from commands.rules.addresses import whose_address
from commands.rules.permission import may
from store import identities, upkeep
from store.clock import SECOND
from store.model import Actor, Person

_AGAIN = 60 * SECOND
_MOST = 5_000


class Accounts:
    """The part of an identity that knows accounts. What is linked is held in memory, and read
    again once it changed, whichever process changed it."""

    _door: Door

    def __init__(self) -> None:
        self._accounts: dict[tuple[str, str], str] = {}
        self._unknown: dict[tuple[str, str], int] = {}
        self._seen = -1

    async def open(self) -> None:
        """Load the linked accounts."""
        self._seen, found = await self._door.reader.read(
            lambda tx: (identities.accounts_changed(tx), identities.accounts(tx))
        )
        self._accounts = {(surface, account): person for person, surface, account in found}

    async def look_again(self) -> None:
        """Load them once more, where something was linked or let go since."""
        if await self._door.reader.read(identities.accounts_changed) != self._seen:
            await Accounts.open(self)

    def known(self, surface: str, account: str) -> Person | None:
        """The person an account belongs to: from the definitions, or a link made before."""
        people = self._door.definitions().people
        for person in people.values():
            if person.contacts.get(surface) == account:
                return person
        return people.get(self._accounts.get((surface, account), ""))

    async def account_actor(
        self, surface: str, account: str, name: str, email: Callable[[], Awaitable[str | None]]
    ) -> Actor:
        """Who presses: an unknown account is matched once by the e-mail the platform confirms.

        No person is ever made by a press; who stays unknown is a stranger without any role.
        """
        await self.look_again()
        person = self.known(surface, account)
        if person is None and self._may_ask(surface, account):
            person = await self._by_email(surface, account, await email())
        if person is None:
            return Actor("stranger", f"{surface}:{account}", name, surface, (), account)
        return actor_of(person, surface, account)

    def _may_ask(self, surface: str, account: str) -> bool:
        """Whether the e-mail address of an account may be asked for: not of one that was let go,
        and of others once a minute."""
        if (surface, account) in self._accounts:
            return False
        now = self._door.clock.now()
        if now < self._unknown.get((surface, account), 0):
            return False
        if len(self._unknown) >= _MOST:
            self._unknown.clear()
        self._unknown[surface, account] = now + _AGAIN
        return True

    async def _by_email(self, surface: str, account: str, email: str | None) -> Person | None:
        found = whose_address(self._door.definitions().people.values(), email)
        if found is not None:
            await self.link(found, surface, account, "e-mail")
        return found

    async def matched(self, person: Person, surface: str, account: str) -> bool:
        """An account was found by a person's e-mail address: theirs from now on, unless it is
        somebody else's, was let go, or the address is not theirs alone."""
        await self.look_again()
        if (surface, account) in self._accounts or self.known(surface, account) is not None:
            return self.known(surface, account) == person
        low = (person.email or "").casefold()
        people = self._door.definitions().people.values()
        if sum(1 for p in people if low and (p.email or "").casefold() == low) != 1:
            return False
        await self.link(person, surface, account, "e-mail")
        return True

    async def link(self, person: Person, surface: str, account: str, how: str) -> None:
        """Remember that an account is a person."""
        writer = self._door.writer_name

        def keep(ctx: Ctx) -> None:
            identities.link_account(ctx.tx, ctx.now, person.handle, surface, account, how)
            by = actor_of(person, surface, account)
            linked.note(ctx, writer, by, "link", "ok", {"how": how, "account": account})

        await self._door.system(keep)
        self._accounts[surface, account] = person.handle

    async def claim(
        self, actor: Actor, person: Person, surface: str, account: str, token: str
    ) -> bool:
        """Somebody signed in says that an account is theirs, by the link it was shown: good once.
        False where the link was used, or the account is somebody's by now."""
        await self.look_again()
        if self.known(surface, account) is not None:
            return False
        writer = self._door.writer_name

        def take(ctx: Ctx) -> bool:
            once = f"link:{token}"
            if upkeep.is_done(ctx.tx, ctx.now, once):
                return False
            if identities.whose_account(ctx.tx, surface, account) is not None:
                return False
            upkeep.done(ctx.tx, ctx.now, once)
            linked.give(ctx, person.handle, surface, account, "console")
            detail = {"how": "console", "account": account, "surface": surface}
            linked.note(ctx, writer, actor, "link", "ok", detail)
            return True

        taken = await self._door.system(take)
        await self.look_again()
        return taken

    async def was_claimed(self, token: str) -> bool:
        """Whether the link that an account was shown was used already."""
        now = self._door.clock.now()
        return await self._door.reader.read(lambda tx: upkeep.is_done(tx, now, f"link:{token}"))

    def account_of(self, person: Person, surface: str) -> str | None:
        """A person's account on a surface, where it is known."""
        named = person.contacts.get(surface)
        if named:
            return named
        mine = (a for (s, a), h in self._accounts.items() if s == surface and h == person.handle)
        return next(mine, None)

    def who_can(self, permission: str) -> tuple[str, ...]:
        """Names of people who hold a permission."""
        known = self._door.definitions()
        return tuple(p.name for p in known.people.values() if may(p, permission, known.roles))
