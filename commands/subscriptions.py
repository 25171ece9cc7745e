"""``subscribe``, ``unsubscribe``, ``subscribers``: who gets updates of what, and how they stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from commands import rights
from commands.about import ACT
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import READ
from commands.registry import Button, arg, command, query
from commands.rules import stakeholders as rules
from commands.rules.stakeholders import Wanted
from commands.stakeholders import LETTER
from commands.told import Told
from commands.words import count, surface_name
from store import errands, incidents
from store import stakeholders as rows
from store.db import Tx
from store.model import HOUR, Definitions, IncidentStatus
from store.model.stakeholder import INCIDENT, Subject, Subscription

ASK = 0
"""The number of the update that asks an address whether it wants any."""
_AGAIN = HOUR
_MOST, _MOST_ASKED = 200, 20
_WHAT = "1842, team:db, service:checkout, a severity, or everything."
_WHO = "For whom: @mei, slack:#news, an e-mail address; you if left out."


@dataclass(frozen=True, slots=True)
class SubscribeArgs:
    """Arguments of ``subscribe``."""

    incident: int = arg("incident", "Only this incident.", default=0)
    opened: bool = arg("flag", "Also when something begins.", default=False)
    mail: bool = arg("flag", "By e-mail, not by chat.", default=False)
    what: str = arg("word", _WHAT, default="")
    who: str = arg("words", _WHO, default="")


@dataclass(frozen=True, slots=True)
class UnsubscribeArgs:
    """Arguments of ``unsubscribe``."""

    incident: int = arg("incident", "Only this incident.", default=0)
    what: str = arg("word", _WHAT, default="")
    who: str = arg("words", _WHO, default="")


@dataclass(frozen=True, slots=True)
class SubscribersArgs:
    """Arguments of ``subscribers``."""

    incident: int = arg("incident", "Who gets updates of this one.", default=0)


def _wanted(ctx: Ctx, incident: int, *words: str) -> Wanted:
    known = ctx.definitions
    names = rules.Known(tuple(known.people), tuple(known.teams))
    accounts = {v: p.handle for p in known.people.values() for v in p.contacts.values()}
    try:
        said = rules.plain(" ".join(words), ctx.actor.surface, accounts)
        found = rules.read(said, names)
    except rules.BadWords as error:
        raise Invalid(str(error), "what") from None
    if found.subject is None and incident:
        return replace(found, subject=Subject(INCIDENT, str(incident)))
    return found


def _may(ctx: Ctx, who: str) -> None:
    """Everybody subscribes themselves; others only who may act."""
    if who == f"@{ctx.actor.id}" or rights.may(ctx.definitions, ctx.actor, ACT):
        return
    no = rights.denied(ctx.definitions, ctx.actor, ACT, now=ctx.now)
    no.error = f"You can subscribe yourself. {no.error}"
    raise no


@command(
    "subscribe", group="room", permission="self", args=SubscribeArgs,
    example="subscribe team:db for slack:#news", buttons=(Button("Subscribe…", "", ()),),
)  # fmt: skip
def subscribe(ctx: Ctx, args: SubscribeArgs) -> Done:
    """Get updates of an incident, a team, a service or everything that is bad enough."""
    wanted = _wanted(ctx, args.incident, args.what, args.who)
    if wanted.subject is None:
        raise Invalid(f"To what? {_WHAT}", "what")
    who = wanted.who or f"@{ctx.actor.id}"
    if who.startswith("@") and who[1:] not in ctx.definitions.people:
        raise Invalid(f"For whom? {_WHO}", "who")
    _may(ctx, who)
    _exists(ctx, wanted.subject)
    mail, opened = args.mail or wanted.mail, args.opened or wanted.opened
    address = who.startswith("mail:")
    _can_mail(ctx, who, mail or address)
    known = rows.one(ctx.tx, wanted.subject, who)
    if known is None and len(rows.of(ctx.tx, who)) >= _MOST:
        raise Conflict(f"That is enough: {_MOST} subscriptions already.")
    confirmed = not address or (known is not None and known.confirmed)
    new = Subscription(
        0, wanted.subject, who, ctx.now, ctx.actor.id, mail, opened, confirmed or False
    )
    if address and not confirmed:
        return _asked(ctx, new, known)
    kept = rows.put(ctx.tx, new)
    if kept.subject.kind == INCIDENT:
        rows.follow(ctx.tx, int(kept.subject.value))
    begins = ", from the beginning" if opened else ""
    how = _how(ctx.definitions, kept)
    return Done(f"{how} of {kept.subject}{begins}. To stop: unsubscribe {_typed(kept)}", aloud=True)


def _exists(ctx: Ctx, subject: Subject) -> None:
    if subject.kind != INCIDENT:
        return
    found = incidents.get(ctx.seen, int(subject.value))
    if found is None:
        raise NotFound(f"There is no incident #{subject.value}.")
    if found.status is IncidentStatus.RESOLVED:
        raise Conflict(f"#{found.id} is resolved: nothing more is told of it.")


def _can_mail(ctx: Ctx, who: str, mail: bool) -> None:
    if not mail:
        return
    if not ctx.rules.mails:
        raise Conflict("No mail server is configured (mail: in pixelview.yaml).")
    person = ctx.definitions.people.get(who.removeprefix("@"))
    if who.startswith("@") and (person is None or not person.email):
        raise Conflict(f"No e-mail address of {ctx.name_of(who[1:])} is known.")


def _asked(ctx: Ctx, new: Subscription, known: Subscription | None) -> Done:
    """An address is asked first; not again within the hour, and not about too much at once."""
    address = new.address
    if known is not None and ctx.now - known.at < _AGAIN:
        return Done(f"{address} was asked a moment ago and did not answer yet.", aloud=True)
    if len(rows.unconfirmed(ctx.tx, new.who)) >= _MOST_ASKED:
        raise Conflict(f"{address} has {_MOST_ASKED} questions to answer already.")
    kept = rows.put(ctx.tx, new)
    errands.ask(ctx.tx, ctx.now, f"{LETTER}:{kept.id}.{ASK}", "email:", {})
    say = f"{address} is asked by mail; updates of {kept.subject} come once it says yes."
    return Done(say, aloud=True)


def _how(known: Definitions, one: Subscription) -> str:
    surface, _, channel = one.who.partition(":")
    if one.address:
        return f"{one.address} gets updates"
    if not one.person:
        return f"{channel} in {surface_name(surface)} gets updates"
    name = known.name_of(one.person)
    return f"{name} gets updates by e-mail" if one.mail else f"{name} gets updates"


def _typed(one: Subscription) -> str:
    s = one.subject
    said = {INCIDENT: s.value, "severity": s.value if s.value != "info" else "everything"}
    return said.get(s.kind, f"{s.kind}:{s.value}") + ("" if one.person else f" {one.who}")


@command(
    "unsubscribe", group="room", permission="self", args=UnsubscribeArgs,
    example="unsubscribe team:db", buttons=(Button("Unsubscribe…", "", ()),),
)  # fmt: skip
def unsubscribe(ctx: Ctx, args: UnsubscribeArgs) -> Done:
    """Get no more updates of it; ``everything`` ends all of them."""
    wanted = _wanted(ctx, args.incident, args.what, args.who)
    who = wanted.who or f"@{ctx.actor.id}"
    _may(ctx, who)
    mine = rows.of(ctx.tx, who)
    if wanted.subject is None or (wanted.all and mine):
        ended = mine if wanted.all else []
    else:
        ended = [s for s in mine if s.subject == wanted.subject]
    if not ended:
        raise _which(mine, asked=wanted.subject is not None)
    rows.remove(ctx.tx, (s.id for s in ended))
    what = str(ended[0].subject) if len(ended) == 1 else count(len(ended), "subscription")
    return Done(f"No more updates of {what}.", aloud=True)


def _which(mine: list[Subscription], *, asked: bool) -> NotFound:
    """What there is to be ended."""
    if not mine:
        return NotFound("There is no subscription.")
    there = ", ".join(_typed(s) for s in mine[:10])
    start = "There is no such subscription." if asked else "Which one?"
    return NotFound(
        f"{start} There are: {there}. To end one: unsubscribe {_typed(mine[0])};"
        " all: unsubscribe everything"
    )


@query(
    "subscribers", group="room", permission=READ, args=SubscribersArgs, example="subscribers 1842",
)  # fmt: skip
async def subscribers(view: View, args: SubscribersArgs) -> Told:
    """Who gets updates of what."""

    def look(tx: Tx) -> list[Subscription]:
        if not args.incident:
            return rows.every(tx)
        incident = incidents.get(tx, args.incident)
        if incident is None:
            raise NotFound(f"There is no incident #{args.incident}.")
        return rows.to(tx, rules.subjects_of(incident))

    found = await view.read(look)
    lines = tuple(_line(view, one) for one in found) or ("Nobody gets updates.",)
    return Told(lines, {"subscriptions": [_facts(one) for one in found]})


def _line(view: View, one: Subscription) -> str:
    surface, _, channel = one.who.partition(":")
    who = f"{channel} in {surface_name(surface)}"
    if one.person or one.address:
        who = view.definitions.name_of(one.person) if one.person else rules.masked(one.who)
    parts: Iterable[str] = (
        f"{who}: {one.subject}",
        "from the beginning" if one.opened else "",
        "by e-mail" if one.mail else "",
        "" if one.confirmed else "asked, no answer yet",
    )
    return " · ".join(filter(None, parts))


def _facts(one: Subscription) -> dict[str, object]:
    return {
        "id": one.id, "to": str(one.subject), "who": rules.masked(one.who), "opened": one.opened,
        "mail": one.mail, "confirmed": one.confirmed,
    }  # fmt: skip


# ---- by a link -----------------------------------------------------------------------------------


def confirm(ctx: Ctx, number: int) -> Subscription | None:
    """An address says that it wants updates; None where it was asked too long ago."""
    found = rows.get(ctx.tx, number)
    if found is None or not rows.confirm(ctx.tx, number):
        return None
    if found.subject.kind == INCIDENT:
        rows.follow(ctx.tx, int(found.subject.value))
    return found


def leave(ctx: Ctx, number: int) -> Subscription | None:
    """Whoever has the link wants no more; None where it is so already."""
    found = rows.get(ctx.tx, number)
    if found is not None:
        rows.remove(ctx.tx, (number,))
    return found
