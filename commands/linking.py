"""``link``, ``unlink``, ``accounts``: which accounts in chats are one person, by a code that is
typed there, or by an admin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from commands import linked, rights
from commands.about import find_person
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid
from commands.oncall import zone_of
from commands.registry import arg, command, query
from commands.rules.permission import ANYONE
from commands.token_limits import whole_person
from commands.told import Told
from commands.words import date, headed, surface_name
from store import contacts, identities, link_codes
from store.clock import MINUTE, Instant, iso
from store.db import Tx
from store.identities import Linked
from store.model import Definitions, Person
from store.model.chats import chat_of
from store.secret import code_of

SELF, READ, WRITE = "self", "access.read", "access.write"
CHATS = ("slack", "discord")
_MENTION = re.compile(r"<@!?(\w+)(?:\|[^>]*)?>")
_ACCOUNT = {"slack": re.compile(r"[UW][A-Z0-9]{2,20}"), "discord": re.compile(r"\d{2,20}")}
_HOW = {
    "e-mail": "by its e-mail address", "console": "by its owner, in the console",
    "code": "by its owner, with a code", "hand": "by an admin", "person": "by its owner",
    "its own browser": "in its own browser",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """Arguments of ``link``."""

    who: str = arg("person", "Whose account it is; for admins.", default="")
    what: str = arg("text", "A code, or for admins an account: slack:U0ANA", default="",
                    label="Code or account")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unlink:
    """Arguments of ``unlink``."""

    who: str = arg("person", "Whose account it is; yours by itself.", default="")
    what: str = arg("text", "Which: slack, discord, or slack:U0ANA.", default="", label="Account")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Arguments of ``accounts``."""

    who: str = arg("person", "Whose; yours by themselves.", default="")


@command("link", group="access", permission=ANYONE, args=Link, example="link K7QM-3XHT")
def link(ctx: Ctx, args: Link) -> Done:
    """Link an account in a chat to you: get a code here, and type it there."""
    if args.who:
        return _by_hand(ctx, args)
    code = code_of(args.what)
    if args.what and not code:
        raise Invalid(
            "That is no code. A code looks like K7QM-3XHT; the console gives one, and so does link "
            "in a chat that knows you.", "what",
        )  # fmt: skip
    return _with_code(ctx, code) if code else _new_code(ctx)


def _new_code(ctx: Ctx) -> Done:
    """For a person: a code to type in another chat."""
    person = _speaker(ctx)
    whole_person(ctx)
    code = link_codes.make(ctx.tx, ctx.now, person.handle)
    if code is None:
        raise Conflict(f"You have {link_codes.MOST} codes that work. Use one, or wait 10 minutes.")
    minutes = link_codes.LIFE // MINUTE
    say = (
        f"Type this in Slack or Discord, as the account that is yours: it works once, for "
        f"{minutes} minutes. Give it to nobody: whoever types it acts as you."
    )
    return Done(say, aloud=True, secret=f"link {code}")


def _with_code(ctx: Ctx, code: str) -> Done:
    """In a chat: the account that speaks is the person's whose code it is."""
    surface, account = ctx.actor.surface, ctx.actor.address
    if chat_of(surface) not in CHATS or not account:
        raise Invalid("Type the code in Slack or Discord, as the account that is to be yours.",
                      "what")  # fmt: skip
    if ctx.actor.kind != "stranger":
        raise Conflict(
            f"This account is {ctx.actor.name} already. To make it somebody else's: unlink"
        )
    handle = link_codes.use(ctx.tx, ctx.now, code)
    person = ctx.definitions.people.get(handle) if handle else None
    if person is None:
        raise Invalid("That code is unknown, was used, or is older than 10 minutes. Get a new one "
                      "in the console.", "what")  # fmt: skip
    linked.give(ctx, person.handle, surface, account, "code")
    return Done(f"In {surface_name(surface)} you are {person.name} now.", aloud=True)


def _by_hand(ctx: Ctx, args: Link) -> Done:
    """By an admin: an account is a person's from now on, whoever it was before."""
    rights.require(ctx.definitions, ctx.actor, WRITE, now=ctx.now)
    person = find_person(ctx, args.who)
    surface, account = _account(ctx, args.what)
    if (owner := _named_by(ctx.definitions, surface, account)) is not None:
        if owner.handle == person.handle:
            raise Conflict(f"{person.name}'s definition names this account already.")
        raise Conflict(f"The definition of {owner.name} names this account: change it there.")
    linked.give(ctx, person.handle, surface, account, "hand")
    say = f"{account} in {surface_name(surface)} is {person.name} now; {person.first_name} is told."
    return Done(say, aloud=True)


@command("unlink", group="access", permission=SELF, args=Unlink, example="unlink slack")
def unlink(ctx: Ctx, args: Unlink) -> Done:
    """Let an account in a chat go: it acts as nobody, until it is linked again."""
    person = find_person(ctx, args.who) if args.who else _speaker(ctx)
    if person.handle != ctx.actor.id:
        rights.require(ctx.definitions, ctx.actor, WRITE, now=ctx.now)
    found = _which(ctx, person, args.what.strip())
    linked.take(ctx, person.handle, found.surface, found.account)
    whose = "yours" if person.handle == ctx.actor.id else f"{person.name}'s"
    say = f"{found.account} in {surface_name(found.surface)} is no longer {whose}."
    return Done(f"{say} To link it again: link", aloud=True)


def _which(ctx: Ctx, person: Person, what: str) -> Linked:
    """The account that is meant: the only one there, or the one that speaks."""
    theirs = [a for a in identities.linked_to(ctx.tx, person.handle) if chat_of(a.surface) in CHATS]
    surface, _, account = what.partition(":")
    surface = surface.casefold()
    if not what and ctx.actor.surface in {a.surface for a in theirs}:
        surface, account = ctx.actor.surface, ctx.actor.address
    fits = [
        a for a in theirs
        if (not surface or a.surface == surface) and (not account or a.account == account)
    ]  # fmt: skip
    if len(fits) == 1:
        return fits[0]
    if fits:
        there = ", ".join(f"{a.surface}:{a.account}" for a in fits)
        raise Invalid(f"Which? {there}", "what")
    if surface in person.contacts:
        raise Conflict(f"The definition of {person.name} names that account: change it there.")
    there = ", ".join(f"{a.surface}:{a.account}" for a in theirs) or "none"
    raise Invalid(f"No such account is linked. Linked: {there}.", "what")


@query("accounts", group="access", permission=SELF, args=Accounts, example="accounts @ana")
async def accounts(view: View, args: Accounts) -> Told:
    """Which accounts are yours, since when and how they were linked."""
    known = view.definitions
    handle = args.who.removeprefix("person:").lstrip("@") if args.who else view.actor.id
    if handle.casefold() == "me":
        handle = view.actor.id
    person = known.people.get(handle) or next(
        (p for p in known.people.values() if p.first_name.casefold() == handle.casefold()), None
    )
    if person is None:
        raise Invalid("Whose accounts? For example: accounts @ana", "who")
    if person.handle != view.actor.id:
        rights.require(known, view.actor, READ, now=view.now)
    addresses = dict(person.contacts) | ({"email": person.email} if person.email else {})

    def look(tx: Tx) -> tuple[list[Linked], dict[str, Instant | None]]:
        proven = {
            via: contacts.get(tx, person.handle, via, address).verified_at
            for via, address in addresses.items()
        }
        return identities.linked_to(tx, person.handle), proven

    linked_, proven = await view.read(look)
    found = [a for a in linked_ if chat_of(a.surface) in CHATS]
    lines = tuple(_lines(person, addresses, proven, found, zone_of(view)))
    facts = {
        "person": person.handle,
        "accounts": [
            {"surface": a.surface, "account": a.account, "since": iso(a.at), "how": a.how}
            for a in found
        ],
        "definition": addresses,
        "answered": {via: iso(at) for via, at in proven.items() if at is not None},
    }
    return Told(lines or (f"No account of {person.name} is known.",), facts)


def _lines(
    person: Person,
    addresses: Mapping[str, str],
    proven: Mapping[str, Instant | None],
    found: list[Linked],
    zone: str,
) -> Iterator[str]:
    """Each address, and whether it is proven: somebody answered from there, as to ``test-page``."""
    for via, address in addresses.items():
        at = proven.get(via)
        said = f"answered from {date(at, zone)}" if at is not None else "never answered from yet"
        yield f"{headed(via)} {address}: in the definition of {person.name}, {said}."
    for each in found:
        how = _HOW.get(each.how, each.how)
        yield f"{headed(each.surface)} {each.account}: linked {how}, {date(each.at, zone)}."


def _speaker(ctx: Ctx) -> Person:
    person = ctx.definitions.people.get(ctx.actor.id) if ctx.actor.kind == "person" else None
    if person is None:
        raise Invalid(
            "I don't know you yet. Open the console, get a code there, and type it here: "
            "link K7QM-3XHT", "what",
        )  # fmt: skip
    return person


def _account(ctx: Ctx, what: str) -> tuple[str, str]:
    """``slack:U0ANA``, or somebody mentioned in the chat that speaks."""
    if (mention := _MENTION.fullmatch(what.strip())) is not None:
        surface, account = ctx.actor.surface, mention[1]
    else:
        surface, _, account = what.strip().partition(":")
        surface, account = surface.casefold(), account.strip()
    form = _ACCOUNT.get(chat_of(surface))
    if form is None or not form.fullmatch(account):
        raise Invalid("Which account? Its id, such as slack:U0ANA or discord:123456789.", "what")
    return surface, account


def is_account(what: str) -> bool:
    """Whether something is an account in a chat by its form: ``slack:U0ANA``."""
    surface, _, account = what.partition(":")
    form = _ACCOUNT.get(chat_of(surface))
    return form is not None and form.fullmatch(account) is not None


def _named_by(known: Definitions, surface: str, account: str) -> Person | None:
    """Whose definition names an account; that goes before any link."""
    people = known.people.values()
    return next((p for p in people if p.contacts.get(surface) == account), None)
