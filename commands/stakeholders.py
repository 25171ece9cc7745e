"""Those who want to know how an incident goes without working on it: they get its updates, in plain
words and not too often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from commands import alarms, notices, posting
from commands.context import Ctx
from commands.rules import filters, status
from commands.rules.stakeholders import PAUSE, subjects_of
from commands.sight import Sight
from store import errands, incidents, outbox, upkeep
from store import stakeholders as rows
from store.db import Tx
from store.model import DAY, HOUR, Actor, Incident, IncidentStatus, Severity, Timer
from store.model import stakeholder as model
from store.model.stakeholder import INCIDENT, Subject, Subscription, Told

NEWS, FOLLOWED, LETTER = "news", "followed", "letter"
"""What cards and errands are about: an update for one person, the course of an incident for a
channel, a mail."""
WAITED = "stakeholder_update"
_LOOKED = "stakeholders looked at"
_FORGOTTEN = "subscriptions forgotten"
_SINGLY = 3
"""So many begins of one minute come one by one to each subscriber, more of them as one message."""
_MOST = 1_000
PATIENCE = 3 * DAY
"""So long an address may take to say that it wants updates."""
_DRILL = "drill"


def told(ctx: Ctx, incident: Incident, text: str) -> int:
    """Queue an update of an incident for everybody who subscribed; how many places get it.

    So soon after the last one it waits, and goes out together with what else waits.
    """
    found = subscribers(ctx.tx, incident)
    if not found:
        return 0
    rows.follow(ctx.tx, incident.id)
    last = rows.last_told(ctx.tx, incident.id)
    new = Told(0, incident.id, ctx.now, model.UPDATE, text, ctx.actor.name)
    if last is not None and ctx.now - last < PAUSE:
        rows.keep(ctx.tx, new)
        alarms.wake_me(ctx, WAITED, last + PAUSE, incident=incident.id)
        return len(found)
    return _send(ctx, incident, new, found)


def subscribers(tx: Tx, incident: Incident) -> list[Subscription]:
    """Who gets the updates of an incident, each once."""
    return _once(rows.to(tx, subjects_of(incident)))


def _once(found: Iterable[Subscription]) -> list[Subscription]:
    each: dict[str, Subscription] = {}
    for one in found:
        known = each.setdefault(one.who.casefold(), one)
        if one.mail and not known.mail:
            each[one.who.casefold()] = replace(known, mail=True)
    return list(each.values())


@alarms.alarm(WAITED)
def waited(ctx: Ctx, timer: Timer) -> None:
    """What waited goes out, as one."""
    number = int(timer.detail["incident"])
    incident = incidents.get(ctx.tx, number)
    waiting = [u for u in rows.updates(ctx.tx, number) if u.sent_at is None]
    last = rows.last_told(ctx.tx, number)
    if incident is None or not waiting:
        return
    if last is not None and ctx.now - last < PAUSE:
        alarms.wake_me(ctx, WAITED, last + PAUSE, incident=number)
        return
    rows.sent(ctx.tx, (u.id for u in waiting), ctx.now)
    text = "\n".join(u.text for u in waiting)
    one = replace(waiting[-1], id=0, at=ctx.now, text=text)
    _send(ctx, incident, one, subscribers(ctx.tx, incident))


# ---- sending -----------------------------------------------------------------------------------


def _send(ctx: Ctx, incident: Incident | None, new: Told, found: Iterable[Subscription]) -> int:
    """An update goes out to these now; to how many."""
    new = replace(_allowed(ctx, incident, new), sent_at=ctx.now)
    number = rows.keep(ctx.tx, new)
    if incident is not None:
        rows.went_out(ctx.tx, incident.id, ctx.now)
    return sum(_to(ctx, incident, replace(new, id=number), one) for one in found)


def _is_of_it(ctx: Ctx, incident: Incident, handle: str) -> bool:
    """Whether a private incident is shown to somebody who gets updates."""
    person = ctx.definitions.people.get(handle)
    if person is None:
        return False
    actor = Actor("person", handle, person.name, "", person.roles, grants=person.grants)
    incident_is_hidden = incident.id in Sight.of(actor, ctx.definitions).unseen(ctx.tx)
    return not incident_is_hidden


def _allowed(ctx: Ctx, incident: Incident | None, new: Told) -> Told:
    """An update with what may be told beside its words."""
    voice, page = ctx.rules.voice, ctx.rules.status
    parts: tuple[str, ...] = ()
    if incident is not None and page is not None:
        parts = status.components_of(page, filters.of_incident(incident))
    return replace(new, names=voice.names, titles=voice.titles, parts=parts)


def _to(ctx: Ctx, incident: Incident | None, new: Told, one: Subscription) -> bool:
    if incident is not None and incident.private and not _is_of_it(ctx, incident, one.person):
        return False
    if one.address or (one.person and one.mail and _has_mail(ctx, one.person)):
        about = f"{LETTER}:{one.id}.{new.id}"
        errands.ask(ctx.tx, ctx.now, about, "email:", {})
        return True
    if one.person:
        return notices.tell(ctx, f"{NEWS}:{new.id}", one.person)
    if incident is None:
        notices.post(ctx, f"{NEWS}:{new.id}", (one.who,))
        return True
    about = f"{FOLLOWED}:{incident.id}"
    stood = outbox.parent(ctx.tx, about, one.who) is not None
    notices.post(ctx, about, (one.who,))
    if stood:
        words = {"kind": new.kind, "text": new.text, "by": new.by, "names": new.names}
        notices.say(ctx, about, (one.who,), words)
    return True


def _has_mail(ctx: Ctx, handle: str) -> bool:
    person = ctx.definitions.people.get(handle)
    return ctx.rules.mails and person is not None and bool(person.email)


# ---- each minute -------------------------------------------------------------------------------


def minute(ctx: Ctx) -> None:
    """What began is told to who wants to hear of it, what is over to all who followed it."""
    _begins(ctx)
    for number in rows.followed(ctx.tx):
        _over(ctx, number)
    _back(ctx)
    done = upkeep.meta(ctx.tx, _FORGOTTEN)
    if done is None or int(done) < ctx.now - HOUR:
        upkeep.set_meta(ctx.tx, _FORGOTTEN, str(ctx.now))
        rows.forget(ctx.tx, ctx.now - PATIENCE)


def _begins(ctx: Ctx) -> None:
    hear = rows.begins(ctx.tx)
    if not hear:
        if upkeep.meta(ctx.tx, _LOOKED) is not None:
            upkeep.set_meta(ctx.tx, _LOOKED, str(ctx.now))
        return
    seen = upkeep.meta(ctx.tx, _LOOKED)
    upkeep.set_meta(ctx.tx, _LOOKED, str(ctx.now))
    since = max(int(seen), ctx.now - HOUR) if seen is not None else ctx.now
    wanted = incidents.Wanted(opened=(since, ctx.now), sort="worst")
    by: dict[Subject, list[Subscription]] = {}
    for one in hear:
        by.setdefault(_folded(one.subject), []).append(one)
    each: dict[int, tuple[Subscription, list[Incident]]] = {}
    for incident in incidents.page(ctx.tx, wanted, _MOST):
        if not _is_news(ctx, incident):
            continue
        fits = (s for subject in subjects_of(incident) for s in by.get(_folded(subject), ()))
        for one in _once(fits):
            each.setdefault(one.id, (one, []))[1].append(incident)
    _tell_begins(ctx, each.values())


def _folded(subject: Subject) -> Subject:
    return Subject(subject.kind, subject.value.casefold())


def _back(ctx: Ctx) -> None:
    """What was told to be over and is open again."""
    lately = rows.lately_over(ctx.tx, ctx.now - DAY)
    for incident in incidents.many(ctx.tx, lately).values() if lately else ():
        if incident.status is not IncidentStatus.RESOLVED:
            rows.follow(ctx.tx, incident.id)
            found = _who_heard(subscribers(ctx.tx, incident), {model.UPDATE})
            _send(ctx, incident, Told(0, incident.id, ctx.now, model.BACK, ""), found)


def _is_news(ctx: Ctx, incident: Incident) -> bool:
    """What is over, an exercise or kept quiet is none."""
    if incident.status is IncidentStatus.RESOLVED or incident.source == _DRILL:
        return False
    silent = (incident.silenced_until or 0) > ctx.now
    return not silent and posting.may_show(ctx.tx, incident)


def _tell_begins(ctx: Ctx, each: Iterable[tuple[Subscription, list[Incident]]]) -> None:
    singly: dict[int, list[Subscription]] = {}
    known: dict[int, Incident] = {}
    for one, found in each:
        for incident in found[:_SINGLY] if len(found) <= _SINGLY else ():
            singly.setdefault(incident.id, []).append(one)
            known[incident.id] = incident
        if len(found) > _SINGLY:
            many = Told(0, 0, ctx.now, model.MANY, _many(found))
            _send(ctx, None, many, (one,))
            for incident in found[:_SINGLY]:
                rows.follow(ctx.tx, incident.id)
    for number, who in sorted(singly.items()):
        rows.follow(ctx.tx, number)
        _send(ctx, known[number], Told(0, number, ctx.now, model.OPENED, ""), who)


def _many(found: list[Incident]) -> str:
    """``23 incidents: 4 critical, 19 error``."""
    counts = ((sum(i.severity is s for i in found), s) for s in Severity)
    said = ", ".join(f"{n} {s}" for n, s in counts if n)
    return f"{len(found)} incidents began within a minute: {said}."


def _over(ctx: Ctx, number: int) -> None:
    """What is over is told to all who heard of it, or asked for just this one."""
    incident = incidents.get(ctx.tx, number)
    if incident is None:
        rows.ended(ctx.tx, number)
        return
    if incident.status is not IncidentStatus.RESOLVED:
        return
    rows.ended(ctx.tx, number)
    if incident.merged_into is not None:
        _moved(ctx, incident, incident.merged_into)
        return
    heard = rows.updates(ctx.tx, number)
    rows.sent(ctx.tx, (u.id for u in heard if u.sent_at is None), ctx.now)
    late = "\n".join(u.text for u in heard if u.sent_at is None)
    everybody = subscribers(ctx.tx, incident)
    found = list(_who_heard(everybody, {u.kind for u in heard if u.sent_at is not None}))
    if found:
        by = ctx.name_of(incident.resolved_by) if incident.resolved_by else ""
        text = "\n".join(filter(None, (late, incident.summary)))
        _send(ctx, incident, Told(0, number, ctx.now, model.RESOLVED, text, by), found)


def _who_heard(found: Iterable[Subscription], kinds: set[str]) -> Iterator[Subscription]:
    for one in found:
        if model.UPDATE in kinds or one.opened or one.subject.kind == INCIDENT:
            yield one


def _moved(ctx: Ctx, incident: Incident, into: int) -> None:
    """Who followed what is part of another incident now follows that one."""
    for one in rows.to(ctx.tx, (Subject(INCIDENT, str(incident.id)),)):
        if rows.one(ctx.tx, Subject(INCIDENT, str(into)), one.who) is None:
            rows.put(ctx.tx, replace(one, subject=Subject(INCIDENT, str(into))))
    rows.follow(ctx.tx, into)
