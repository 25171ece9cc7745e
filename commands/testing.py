"""``test-page``: rings every contact of a person, waits for the press on each, and tells which
stayed silent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from commands import contacts, notices, rights
from commands.about import find_person
from commands.alarms import alarm, wake_me
from commands.context import Ctx, Done, Rulebook, View
from commands.errors import Conflict, Invalid, NotFound
from commands.registry import Button, arg, command, query
from commands.rules import escalation
from commands.words import headed, surface_name
from store import access, outbox, page_tests
from store.db import Tx
from store.model import MINUTE, Person, Timer
from store.model.chats import chat_of
from store.page_tests import KIND, PATIENCE, PageTest

READ, OTHERS = "incident.read", "config.write"
RESULT = "test-result"
"""The card that tells how a test went, where it can't be told by editing."""

_CHATS = ("slack", "discord")


@dataclass(frozen=True, slots=True)
class Rung:
    """Arguments of ``test-page``."""

    who: str = arg("who", "Whose contacts; your own by themselves.", default="")
    via: str = arg("named", "Only this contact: sms, email …", default="")


@dataclass(frozen=True, slots=True)
class Works:
    """Arguments of ``it-works``."""

    test: int = arg("noun", "The test.")


@command("test-page", group="oncall", permission="self", args=Rung, example="test-page")
def test_page(ctx: Ctx, args: Rung) -> Done:
    """Ring every contact of yours and tell which stayed silent; others' if you may edit people."""
    person = _whose(ctx, args.who)
    vias = _chosen(ways(ctx.tx, ctx.rules, person), person, args.via)
    before = page_tests.since(ctx.tx, person.handle, ctx.now - PATIENCE)
    same = [t for t in before if not t.over and any(way.via in vias for way in t.ways)]
    if same:
        left = max(1, -(-(max(t.at for t in same) + PATIENCE - ctx.now) // MINUTE))
        raise Conflict(f"A test of {_of(ctx, person)} runs already; it ends in {left} min.")
    number = page_tests.begin(ctx.tx, ctx.now, person.handle, ctx.actor.id, vias)
    for via in vias:
        content = {"person": person.handle, "via": via, "ways": []}
        place = f"{via}:@{person.handle}"
        about = page_tests.about(number)
        outbox.show(ctx.tx, ctx.now, about, place, notices.NEWS, content, notices.TELL)
    wake_me(ctx, KIND, ctx.now + PATIENCE, test=number)
    names = ", ".join(map(surface_name, vias))
    minutes = PATIENCE // MINUTE
    whose = "your contact" if args.via and person.handle == ctx.actor.id else _of(ctx, person)
    say = f"Ringing {whose}: {names}. What is not answered in {minutes} min is told."
    return Done(say, aloud=True)


def _whose(ctx: Ctx, who: str) -> Person:
    mine = ctx.definitions.people.get(ctx.actor.id)
    if who.casefold() in ("", "me"):
        if mine is None:
            raise Invalid("Whose contacts? For example: test-page ana", "who")
        return mine
    person = find_person(ctx, who.removeprefix("person:").lstrip("@"))
    if person is not mine:
        rights.require(ctx.definitions, ctx.actor, OTHERS, now=ctx.now)
    return person


def _chosen(there: list[str], person: Person, via: str) -> list[str]:
    """The contacts to ring: all, or the one that is named; Invalid says which there are."""
    if not there:
        raise Invalid(f"No contact of {person.name} is known, so nothing can ring.", "who")
    if not via:
        return there
    wanted = via.casefold()
    named = [one for one in there if wanted in (one, surface_name(one).casefold())]
    if not named:
        known = ", ".join(map(surface_name, there))
        raise Invalid(f"{person.name} has no contact {via}. There are: {known}.", "via")
    return named


def _of(ctx: Ctx, person: Person) -> str:
    mine = person.handle == ctx.actor.id
    return "your contacts" if mine else f"the contacts of {person.name}"


def ways(tx: Tx, rules: Rulebook, person: Person) -> list[str]:
    """Every channel a person can be reached by, chats first."""
    linked = access.surfaces_of(tx, person.handle)
    found = rules.by_email if person.email else frozenset()
    also = {*linked, *found}
    ruled = (rule.via for rule in escalation.reachable(person, False, also, rules.channels))
    mail = ("email",) if person.email else ()
    known = dict.fromkeys((*ruled, *person.contacts, *linked, *sorted(found), *mail))
    chats = [via for via in _CHATS if via in known and not _elsewhere(via, person, linked)]
    known = {via: None for via in known if not _elsewhere(via, person, linked)}
    return [*chats, *(via for via in known if via not in _CHATS)]


def _elsewhere(chat: str, person: Person, linked: Collection[str]) -> bool:
    """Whether a person has accounts only in further workspaces of a chat, which ring by name."""
    mine = {*person.contacts, *linked}
    return chat not in mine and any(chat_of(via) == chat != via for via in mine)


@command(
    "it-works", group="oncall", permission="self", args=Works, about=KIND, listed=False,
    example="it-works 12",
    buttons=(Button("It works", "more", ()),),
)  # fmt: skip
def it_works(ctx: Ctx, args: Works) -> Done:
    """Say that a test page arrived here."""
    test = page_tests.get(ctx.tx, args.test)
    if test is None:
        raise NotFound("That test is not known any more.")
    if ctx.actor.id != test.person:
        raise Conflict(f"Only {ctx.name_of(test.person)} can say that.")
    rung = {way.via for way in test.ways}
    via = ctx.actor.surface if ctx.actor.surface in rung else chat_of(ctx.actor.surface)
    if via not in rung:
        raise Conflict("Press it where it rang: that is what is tested.")
    page_tests.answered(ctx.tx, ctx.now, test.id, via)
    contacts.worked(ctx, test.person, via)
    notices.stale(ctx, page_tests.about(test.id))
    return Done(f"{headed(via)} works.")


@alarm(KIND)
def _over(ctx: Ctx, timer: Timer) -> None:
    """Tell which contacts stayed silent: quietly in the message that rang, else by what works."""
    test = page_tests.get(ctx.tx, int(timer.detail["test"]))
    if test is None or test.ended_at is not None:
        return
    page_tests.end(ctx.tx, ctx.now, test.id)
    notices.stale(ctx, page_tests.about(test.id))
    edited = any(w.via in _CHATS and w.state in ("rung", "works") for w in test.ways)
    if not edited and silent(test):
        _tell(ctx, test)
    if test.by != test.person and test.by in ctx.definitions.people:
        notices.tell(ctx, f"{RESULT}:{test.id}", test.by)


def _tell(ctx: Ctx, test: PageTest) -> None:
    """By a contact that just worked, else by all that there is."""
    works = [w.via for w in test.ways if w.state == "works"]
    if not works:
        notices.tell(ctx, f"{RESULT}:{test.id}", test.person)
        return
    content = {"person": test.person, "via": works[0], "ways": works[1:]}
    place = f"{works[0]}:@{test.person}"
    about = f"{RESULT}:{test.id}"
    outbox.show(ctx.tx, ctx.now, about, place, notices.NEWS, content, notices.TELL)


def silent(test: PageTest) -> list[str]:
    """The channels that did not answer, or refused."""
    return [way.via for way in test.ways if way.state != "works"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Arguments of ``numbers``: none."""


@query("numbers", group="ops", permission=READ, args=Numbers, example="numbers")
async def numbers(view: View, args: Numbers) -> list[str]:
    """The numbers and addresses pages come from, as a contact for do not disturb."""
    senders = view.rules.senders
    if not senders:
        return ["No number or address of ours is set up (mail: or twilio: in the settings)."]
    link = f"{view.rules.url}/contact.vcf"
    return [
        f"Pages come from {', '.join(senders)}.",
        f"Save this contact and let it ring in do not disturb: {link}",
    ]
