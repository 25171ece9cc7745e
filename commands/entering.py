"""Signing in to the console: by a link, a code, a letter, a provider; and whose a session is.

Whatever lets somebody in is bound to one browser (by a mark the browser keeps), lives ten minutes
and works once, so that a link that leaks lets nobody else in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from commands import access_news, notices
from commands.acting import actor_of
from commands.callers import Caller, Look, Offer, Seen, somebody
from commands.context import Ctx
from commands.door import SYSTEM, Door
from commands.rules.addresses import whose_address
from commands.rules.browsers import called
from commands.rules.sessions import over
from commands.sessions import FIRST_START, bootstrap_is_over, known_admin
from store import audit, errands, sessions, signins
from store.clock import SECOND
from store.db import Tx
from store.model import Actor, Person
from store.sessions import New, Session, Shown
from store.signins import CODE, LETTER, LINK, SignIn

__all__ = ["FIRST_START", "Caller", "Entrance", "Look", "Offer", "Seen"]

_TOUCH = 60 * SECOND
NEWS = "signin"
LETTERS = "signin-letter"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def _by_secret(tx: Tx, secret: str) -> SignIn | None:
    return signins.find(tx, LINK, secret) or signins.find(tx, LETTER, secret)


def _is_at(tx: Tx, one: SignIn, caller: Caller) -> bool:
    return bool(caller.browser) and signins.is_at(tx, one, caller.browser)


def _code(tx: Tx, browser: str, salt: str) -> str:
    """The code a browser shows; it is kept nowhere, and only that browser can ask for it."""
    number = int.from_bytes(tx.ring.blind("signin code", browser, salt), "big")
    letters = [_ALPHABET[number // len(_ALPHABET) ** i % len(_ALPHABET)] for i in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def rights_of(person: Person) -> str:
    """What a person may do, in one line: where it changes, so does the secret of their sessions."""
    grants = (f"{team}:{role}" for team, role in person.grants)
    return " ".join(sorted((*person.roles, *grants)))


def letter_secret(ctx: Ctx, number: int) -> tuple[str, Person] | None:
    """A fresh secret for a letter that is about to leave; None where nobody waits for it."""
    one = signins.get(ctx.tx, number)
    person = ctx.definitions.people.get(one.person or "") if one is not None else None
    if one is None or person is None or not one.lives(ctx.now):
        return None
    secret = signins.new_secret()
    return (secret, person) if signins.renew(ctx.tx, one.id, LETTER, secret) else None


class Entrance:
    """Lets people in and finds out who is in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.watchers: list[Callable[[], None]] = []

    def ended(self) -> None:
        """Sessions ended: pages that are open look whether theirs goes on."""
        for watcher in self.watchers:
            watcher()

    # links

    async def link(self, handle: str, how: str) -> str:
        """The secret of a new link for a person."""

        def make(ctx: Ctx) -> str:
            secret = signins.new_secret()
            if how == FIRST_START:
                signins.take_back(ctx.tx, handle, LINK, ctx.now)
            signins.add(ctx.tx, ctx.now, LINK, secret, person=handle, how=how)
            self._note(ctx, SYSTEM, "signin.link", "ok", {"person": handle, "how": how})
            return secret

        return await self._door.system(make)

    async def look(self, secret: str, caller: Caller, *, claims: bool) -> Offer:
        """What a link is worth at a browser. ``claims``: somebody opened it there, so that it is
        that browser's from now on; whoever only looks (a scanner) claims nothing."""
        now = self._door.clock.now()
        offer = await self._door.reader.read(lambda tx: self._offer(tx, secret, caller, now))
        claims = claims and bool(caller.browser)
        if offer.look is Look.OVER or not (claims or offer.look is Look.ELSEWHERE):
            return offer

        def claim(ctx: Ctx) -> Offer:
            one = _by_secret(ctx.tx, secret)
            if one is not None and one.browser is None and one.lives(ctx.now) and claims:
                signins.bind(ctx.tx, one, caller.browser, caller.address, caller.agent)
            found = self._offer(ctx.tx, secret, caller, ctx.now)
            if one is not None and found.look is Look.ELSEWHERE and claims and one.kind == LINK:
                self._tell_owner(ctx, one, caller)
            return found

        if offer.look is Look.OPEN and offer.bound:
            return offer
        return await self._door.system(claim)

    def _offer(self, tx: Tx, secret: str, caller: Caller, now: int) -> Offer:
        one = _by_secret(tx, secret)
        if one is None or not one.lives(now):
            return Offer(Look.OVER)
        if one.browser is not None and not _is_at(tx, one, caller):
            return Offer(Look.ELSEWHERE)
        person = self._door.definitions().people.get(one.person or "")
        return Offer(Look.OPEN, person, one.into, one.browser is not None)

    async def enter(self, secret: str, caller: Caller) -> tuple[str, str] | None:
        """Use a link up at a browser: the session's cookie, and where it leads; None where it is
        over or another browser's."""

        def use(ctx: Ctx) -> tuple[str, str] | None:
            one = _by_secret(ctx.tx, secret)
            if one is None or not one.lives(ctx.now) or not caller.browser:
                return self._denied(ctx, caller, "a link that is over")
            if one.browser is not None and not _is_at(ctx.tx, one, caller):
                self._tell_owner(ctx, one, caller)
                return None
            return self._use(ctx, one, caller)

        return await self._door.system(use)

    def _tell_owner(self, ctx: Ctx, one: SignIn, caller: Caller) -> None:
        """Another browser has it: refused, and its owner is told, once."""
        if one.refused:
            return
        signins.remember_refusal(ctx.tx, one)
        who = f"{called(caller.agent)} at {caller.address or 'an unknown address'}"
        self._note(
            ctx, somebody(caller), "signin", "denied",
            {
                "why": "another browser's link", "person": one.person or "",
                "browser": called(caller.agent), "how": one.how,
            },
        )  # fmt: skip
        if one.person:
            access_news.tell(
                ctx,
                one.person,
                "Your sign-in link was opened a second time",
                f"{who[:1].upper()}{who[1:]} opened it after another browser had. "
                "The second was refused.",
                "If neither was you, say: end-session --every",
                bad=True,
            )

    def _denied(self, ctx: Ctx, caller: Caller, why: str) -> tuple[str, str] | None:
        self._note(
            ctx, somebody(caller), "signin", "denied",
            {"why": why, "browser": called(caller.agent)},
        )  # fmt: skip
        return None

    def _use(self, ctx: Ctx, one: SignIn, caller: Caller) -> tuple[str, str] | None:
        person = ctx.definitions.people.get(one.person or "")
        if person is None or not signins.use(ctx.tx, one.id, ctx.now):
            return self._denied(ctx, caller, "it was used before")
        return self.begin(ctx, person, one.how, caller), one.into

    # codes

    async def ask_code(self, caller: Caller, into: str) -> None:
        """A browser asks to be let in by somebody in chat."""

        def make(ctx: Ctx) -> None:
            salt = f"{into}#{ctx.tx.ids.next(ctx.now)}"
            code = _code(ctx.tx, caller.browser, salt)
            signins.add(
                ctx.tx, ctx.now, CODE, code.replace("-", ""), browser=caller.browser,
                how="code", address=caller.address, agent=caller.agent, into=salt,
            )  # fmt: skip

        await self._door.system(make)

    async def code(self, caller: Caller) -> tuple[str, Offer]:
        """The code a browser shows, and what became of it."""
        now = self._door.clock.now()

        def read(tx: Tx) -> tuple[str, Offer]:
            one = signins.at_browser(tx, CODE, caller.browser) if caller.browser else None
            if one is None or not one.lives(now):
                return "", Offer(Look.OVER)
            into = one.into.rpartition("#")[0]
            if one.confirmed_at is None:
                return _code(tx, caller.browser, one.into), Offer(Look.WAITS, None, into)
            person = self._door.definitions().people.get(one.person or "")
            return "", Offer(Look.OPEN, person, into, True)

        return await self._door.reader.read(read)

    async def enter_by_code(self, caller: Caller) -> tuple[str, str] | None:
        """Let a browser in whose code somebody confirmed."""

        def use(ctx: Ctx) -> tuple[str, str] | None:
            one = signins.at_browser(ctx.tx, CODE, caller.browser) if caller.browser else None
            if one is None or one.confirmed_at is None or not one.lives(ctx.now):
                return self._denied(ctx, caller, "a code nobody confirmed")
            used = self._use(ctx, one, caller)
            return (used[0], one.into.rpartition("#")[0]) if used is not None else None

        return await self._door.system(use)

    # letters

    async def ask_letter(self, address: str, caller: Caller, into: str) -> None:
        """Somebody asks for a link by e-mail. The same is done whether the address is known."""
        found = whose_address(self._door.definitions().people.values(), address)

        def make(ctx: Ctx) -> None:
            handle = found.handle if found is not None else None
            one = signins.add(
                ctx.tx, ctx.now, LETTER, signins.new_secret(), person=handle,
                browser=caller.browser, how="email", address=caller.address, agent=caller.agent,
                into=into,
            )  # fmt: skip
            detail = {"person": handle or "nobody known"}
            outcome = "ok" if handle else "denied"
            self._note(ctx, somebody(caller), "signin.letter", outcome, detail)
            if handle:
                errands.ask(ctx.tx, ctx.now, f"{LETTERS}:{one.id}", "email:", {})

        await self._door.system(make)

    # sessions

    def begin(
        self,
        ctx: Ctx,
        person: Person,
        how: str,
        caller: Caller,
        subject: bytes | None = None,
        told: Mapping[str, str] | None = None,
    ) -> str:
        """A new session's cookie; who signs in at a browser for the first time is told."""
        is_new = not sessions.knows_browser(ctx.tx, person.handle, caller.browser)
        new = New(
            person.handle, how, caller.browser, caller.address, caller.agent, rights_of(person),
            ctx.rules.sessions.absolute, subject, told or {},
        )  # fmt: skip
        made, cookie = sessions.begin(ctx.tx, ctx.now, new)
        detail = {"how": how, "browser": called(caller.agent), "session": str(made.id)}
        self._note(ctx, actor_of(person, "web", caller.address), "signin", "ok", detail)
        if known_admin(ctx.definitions, person):
            bootstrap_is_over(ctx, how)
        if is_new:
            notices.tell(ctx, f"{NEWS}:{made.id}", person.handle, access_news.RANK)
        return cookie

    async def let_in(self, handle: str, how: str, caller: Caller) -> str:
        """A session's cookie for somebody who proved who they are in another way."""
        person = self._door.definitions().people[handle]
        return await self._door.system(lambda ctx: self.begin(ctx, person, how, caller))

    async def session(self, cookie: str, caller: Caller, *, rotates: bool = True) -> Seen | None:
        """Who is in by a cookie. Its secret changes now and then; a copy of an old one ends the
        session, and its person is told."""
        now = self._door.clock.now()
        found = await self._door.reader.read(lambda tx: sessions.find(tx, cookie, now))
        if found is None:
            return None
        session, shown = found
        if not self._lives(session):
            return None
        person = self._door.definitions().people.get(session.person)
        if shown is Shown.FOREIGN or person is None:
            await self._end_at_once(session, caller, "reused" if person else "removed", cookie)
            return None
        fresh = ""
        if shown is not Shown.BEFORE and (rotates or shown is Shown.OFFERED):
            fresh = await self._keep_up(session, shown, cookie, caller, person) or ""
        actor = actor_of(person, "web", caller.address)
        return Seen(actor, session.id, session.how, session.told, fresh)

    async def lives(self, number: int) -> bool:
        """Whether a session goes on; for pages that stay open."""
        found = await self._door.reader.read(lambda tx: sessions.get(tx, number))
        known = self._door.definitions().people
        return found is not None and found.person in known and self._lives(found)

    def _lives(self, s: Session) -> bool:
        now, rules = self._door.clock.now(), self._door.rules.sessions
        return s.ended_at is None and not over(rules, s.created_at, s.seen_at, s.expires_at, now)

    async def _keep_up(
        self, session: Session, shown: Shown, cookie: str, caller: Caller, person: Person
    ) -> str | None:
        """Note the use and change the secret where it is time; a new cookie."""
        now, rights = self._door.clock.now(), rights_of(person)
        changed = session.rights != rights
        touch = changed or now - session.seen_at > _TOUCH or session.seen_from != caller.address
        waits = session.offered_at is not None and now - session.offered_at < sessions.ANEW
        due = changed or now - session.rotated_at >= self._door.rules.sessions.rotate
        offers = shown is Shown.NOW and due and not waits
        if not (touch or offers or shown is Shown.OFFERED):
            return None

        def keep(ctx: Ctx) -> str | None:
            if shown is Shown.OFFERED:
                sessions.take_over(ctx.tx, session, cookie, ctx.now)
            if touch:
                sessions.seen(ctx.tx, session, ctx.now, caller.address, rights)
            return sessions.offer(ctx.tx, session, cookie, ctx.now) if offers else None

        return await self._door.system(keep)

    async def _end_at_once(self, session: Session, caller: Caller, how: str, cookie: str) -> None:
        def stop(ctx: Ctx) -> None:
            again = sessions.find(ctx.tx, cookie, ctx.now)
            if how == "reused" and (again is None or again[1] is not Shown.FOREIGN):
                return
            if not sessions.end(ctx.tx, session.id, ctx.now, how):
                return
            notices.stale(ctx, f"{NEWS}:{session.id}")
            detail = {
                "person": session.person, "session": str(session.id), "why": how,
                "browser": called(caller.agent),
            }  # fmt: skip
            self._note(ctx, somebody(caller), "session.end", "ok", detail)
            if how == "reused":
                where = f"{called(caller.agent)} at {caller.address or 'an unknown address'}"
                access_news.tell(
                    ctx,
                    session.person,
                    "A session of yours was ended",
                    f"Somebody used an old copy of its cookie: {where}. Whoever copied it may "
                    "have been in as you. Sign in again, and look at what was done in your name.",
                    bad=True,
                )

        await self._door.system(stop)

    async def sign_out(self, cookie: str, caller: Caller) -> Session | None:
        """End the session of a cookie; what it was."""
        now = self._door.clock.now()

        def stop(ctx: Ctx) -> Session | None:
            found = sessions.find(ctx.tx, cookie, now)
            if found is None or found[1] is Shown.FOREIGN:
                return None
            session = found[0]
            person = ctx.definitions.people.get(session.person)
            if sessions.end(ctx.tx, session.id, ctx.now, "out"):
                actor = actor_of(person, "web", caller.address) if person else SYSTEM
                detail = {"person": session.person, "session": str(session.id)}
                self._note(ctx, actor, "signout", "ok", detail)
                notices.stale(ctx, f"{NEWS}:{session.id}")
            return replace(session, ended_at=ctx.now)

        return await self._door.system(stop)

    def _note(
        self, ctx: Ctx, actor: Actor, verb: str, outcome: str, detail: Mapping[str, str]
    ) -> None:
        audit.append(
            ctx.tx, self._door.writer_name, ctx.now, actor, verb, outcome, None, dict(detail)
        )
