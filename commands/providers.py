"""Who of ours somebody is whom a provider of OpenID Connect names.

Their ``sub`` is remembered as an account of theirs, so that an address that changes hands there
hands nothing over here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commands import linked
from commands.acting import actor_of
from commands.callers import Caller, somebody
from commands.context import Ctx
from commands.door import SYSTEM, Door
from commands.people import Identity
from commands.rules.addresses import plain, whose_address
from commands.rules.browsers import called
from commands.rules.origins import claims_roles
from store import audit, grants, identities, sessions, signins
from store.definitions import row_of
from store.model import Person
from store.signins import PROVIDER

SOURCE = "oidc"
"""Where roles come from that a sign-in gives."""


@dataclass(frozen=True, slots=True)
class Matching:
    """How a provider's people become ours: by ``email``, ``sub`` or ``claim``; ``create`` is the
    role of people who are made where nobody fits."""

    name: str
    title: str
    surface: str
    match: str = "email"
    claim: str = "preferred_username"
    create: str = ""


class NotOurs(Exception):
    """Nobody of ours fits; the words say why, for whoever signs in."""


class Providers:
    """Lets in whom a provider names."""

    def __init__(self, door: Door, identity: Identity) -> None:
        self._door, self._identity = door, identity

    async def once(self, state: str, caller: Caller) -> bool:
        """An answer counts once; False where it came before."""

        def take(ctx: Ctx) -> bool:
            if signins.find(ctx.tx, PROVIDER, state) is not None:
                return False
            one = signins.add(ctx.tx, ctx.now, PROVIDER, state, browser=caller.browser)
            return signins.use(ctx.tx, one.id, ctx.now)

        return await self._door.system(take)

    async def enter(
        self, way: Matching, claims: Mapping[str, Any], told: Mapping[str, str], caller: Caller
    ) -> str:
        """A session's cookie for whom the claims name; NotOurs where that is nobody."""
        sub = str(claims["sub"])
        await self._identity.look_again()
        person = self._identity.known(way.surface, sub)
        if person is None:
            handle = await self._door.system(lambda ctx: self._first_time(ctx, way, sub, claims))
            await self._identity.look_again()
            person = self._door.definitions().people[handle]
        handle, entrance = person.handle, self._identity.entrance

        def begin(ctx: Ctx) -> str:
            self._roles(ctx, way, handle, claims)
            subject = ctx.tx.ring.blind("oidc", way.surface, sub)
            found = ctx.definitions.people[handle]
            how = f"oidc:{way.title}"
            return entrance.begin(ctx, found, how, caller, subject, {**told, "provider": way.name})

        return await self._door.system(begin)

    async def denied(self, way: Matching, why: str, caller: Caller) -> None:
        """Nobody was let in: on record."""
        detail = {
            "why": why, "how": f"oidc:{way.title}", "browser": called(caller.agent),
        }  # fmt: skip
        writer = self._door.writer_name
        await self._door.system(
            lambda ctx: audit.append(
                ctx.tx, writer, ctx.now, somebody(caller), "signin", "denied", None, detail
            )
        )

    async def signed_out(self, way: Matching, sub: str, sid: str, jti: str) -> int:
        """The provider signed somebody out: their sessions by it end; how many."""

        def stop(ctx: Ctx) -> int:
            if signins.find(ctx.tx, PROVIDER, f"{way.surface} {jti}") is not None:
                return 0
            signins.add(ctx.tx, ctx.now, PROVIDER, f"{way.surface} {jti}")
            subject = ctx.tx.ring.blind("oidc", way.surface, sub)
            found = sessions.of_subject(ctx.tx, subject)
            these = [s for s in found if not sid or s.told.get("sid", sid) == sid]
            ended = [s for s in these if sessions.end(ctx.tx, s.id, ctx.now, "provider")]
            for s in ended:
                detail = {"person": s.person, "session": str(s.id), "why": f"oidc:{way.title}"}
                writer = self._door.writer_name
                audit.append(ctx.tx, writer, ctx.now, SYSTEM, "session.end", "ok", None, detail)
            return len(ended)

        return await self._door.system(stop)

    def _roles(self, ctx: Ctx, way: Matching, handle: str, claims: Mapping[str, Any]) -> None:
        """The roles that the claims give, as long as a session can last; others of it go."""
        origins = ctx.rules.origins
        if not origins.claims:
            return
        until = ctx.now + ctx.rules.sessions.absolute
        wanted = claims_roles(origins, claims)
        kept = grants.keep(ctx.tx, ctx.now, handle, SOURCE, wanted, until)
        ctx.roles_changed()
        if not kept:
            return
        detail = {
            "person": handle, "from": f"oidc:{way.title}",
            "given": [f"{role}@{team}" for team, role in kept.given],
            "taken": [f"{role}@{team}" for team, role in kept.taken],
        }  # fmt: skip
        writer = self._door.writer_name
        audit.append(ctx.tx, writer, ctx.now, SYSTEM, "roles.oidc", "ok", None, detail)

    # the first time

    def _first_time(self, ctx: Ctx, way: Matching, sub: str, claims: Mapping[str, Any]) -> str:
        """Whose account it is from now on; NotOurs."""
        if identities.was_let_go(ctx.tx, way.surface, sub):
            raise NotOurs("That account was unlinked. An administrator can link it again.")
        if (known := identities.whose_account(ctx.tx, way.surface, sub)) is not None:
            if known.person in ctx.definitions.people:
                return known.person
            raise NotOurs("You are not among the people here any more.")
        person = self._fits(ctx, way, claims) or self._made(ctx, way, claims)
        others = identities.linked_to(ctx.tx, person.handle)
        if any(each.surface == way.surface for each in others):
            raise NotOurs(
                f"{person.name} signs in with another account there. If that changed, an "
                "administrator unlinks the old one."
            )
        identities.link_account(ctx.tx, ctx.now, person.handle, way.surface, sub, way.match)
        detail = {"how": way.match, "account": sub}
        linked.note(
            ctx, self._door.writer_name, actor_of(person, way.surface, sub), "link", "ok", detail
        )
        return person.handle

    def _fits(self, ctx: Ctx, way: Matching, claims: Mapping[str, Any]) -> Person | None:
        people = ctx.definitions.people
        if way.match == "claim":
            return people.get(str(claims.get(way.claim) or ""))
        if way.match != "email":
            return None
        return whose_address(people.values(), verified(claims))

    def _made(self, ctx: Ctx, way: Matching, claims: Mapping[str, Any]) -> Person:
        email = verified(claims)
        if not way.create or not email:
            raise NotOurs(_nobody(way, claims))
        taken = ctx.definitions.people
        if any((p.email or "").casefold() == email.casefold() for p in taken.values()):
            raise NotOurs(_nobody(way, claims))
        base = re.sub(r"[^a-z0-9]+", "-", email.partition("@")[0]).strip("-") or "person"
        names = (base, *(f"{base}-{n}" for n in range(2, 10_000)))
        handle = next(name for name in names if name not in taken)
        name = str(claims.get("name") or claims.get("preferred_username") or handle)[:80]
        person = Person(handle, name, email=email, roles=(way.create,))
        ctx.define({("person", handle): row_of(person)})
        return person


def verified(claims: Mapping[str, Any]) -> str:
    """The e-mail address in lower case that the provider says is theirs, else ""."""
    email = claims.get("email")
    told = claims.get("email_verified")
    sure = told is True or told == "true"  # some providers write it as a word
    return plain(email) if sure and isinstance(email, str) and "@" in email else ""


def _nobody(way: Matching, claims: Mapping[str, Any]) -> str:
    if way.match == "sub":
        return f"No person here is linked to your account there: {str(claims['sub'])[:100]}."
    if way.match == "claim":
        return f"Nobody here is called what {way.title} says in {way.claim}."
    if not verified(claims):
        return f"{way.title} does not say that your e-mail address is yours."
    return "Nobody here has your e-mail address."
