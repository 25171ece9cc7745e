"""Questions that executions wait for, as a runner tells them: each is asked of the right people
once, and shown as over when it is, wherever it was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from commands import belongs, notices, rights
from commands.alarms import alarm, wake_me
from commands.automation.permitting import permission
from commands.automation.telling import said
from commands.context import Ctx, Rulebook
from commands.rules import answering, approving
from commands.rules.oncall.duty import duty
from commands.words import duration
from integrations.base import RemoteInquiry
from store import errands, executions, incidents, inquiries
from store.db import Tx
from store.executions import DONE, Execution
from store.inquiries import ANSWERED, ELSEWHERE, EXPIRED, OVER, SENDING, WAITS, Inquiry
from store.model import MINUTE, Definitions, Instant, Timer

ABOUT = "inquiry"
ERRAND = "inquiry"
MOST = 10
"""So many people are asked at once."""
AGAIN = 5 * MINUTE
"""An answer that is still on its way after this long is sent again: twice changes nothing."""
UNSURE = "No answer came; it may have been taken."
_TEXT = 500


def about(number: int) -> str:
    """What its cards are about."""
    return f"{ABOUT}:{number}"


def told(ctx: Ctx, system: str, inquiries_: Sequence[RemoteInquiry]) -> None:
    """All questions of a runner that wait for an answer now; those not among them are over."""
    by_id = {each.id: each for each in inquiries_ if each.id}
    known = {one.remote: one for one in inquiries.of_system(ctx.tx, system, list(by_id))}
    for remote, each in by_id.items():
        one = known.get(remote)
        if one is None:
            if not _late(ctx, each.expires_at):
                _new(ctx, system, each)
        elif one.state in (EXPIRED, ELSEWHERE) and not _late(ctx, one.expires_at):
            _show(ctx, inquiries.save(ctx.tx, one, state=WAITS, decided_at=None))
        elif one.state == SENDING and ctx.now - (one.decided_at or 0) > AGAIN:
            send(ctx, one)
        elif one.execution_id is None and not one.over:
            _match(ctx, one, each)
    for remote, one in known.items():
        if remote not in by_id and one.state == WAITS:
            gone(ctx, one)


def _late(ctx: Ctx, at: Instant | None) -> bool:
    """Whether its time is over: its system may take minutes to say so."""
    return at is not None and at <= ctx.now


def _new(ctx: Ctx, system: str, each: RemoteInquiry) -> None:
    mine = _execution(ctx, system, each)
    text = ctx.rules.redact(each.text or str(each.schema.get("title") or ""))[:_TEXT]
    one = Inquiry(
        0, WAITS, system, each.id, each.asked_at or ctx.now, mine.id if mine else None,
        mine.incident_id if mine else None, each.expires_at, each.parent, text, each.route,
        _schema(each), tuple(each.users), tuple(each.roles),
    )  # fmt: skip
    one = inquiries.add(ctx.tx, one)
    to = _told_to(ctx, one, mine)
    one = inquiries.save(ctx.tx, one, to=to)
    names = ", ".join(map(ctx.name_of, to)) or "nobody who is known here"
    note(ctx, one, f"{_deed(mine, one)} asks: {what(one)}", f"Asked: {names}.")
    if one.expires_at is not None:
        wake_me(ctx, ABOUT, one.expires_at, inquiry=one.id)
    _show(ctx, one)


@alarm(ABOUT)
def expire(ctx: Ctx, timer: Timer) -> None:
    """Its time is over."""
    one = inquiries.get(ctx.tx, timer.detail["inquiry"], for_change=True)
    if one is not None and one.state == WAITS:
        gone(ctx, one)


def _schema(each: RemoteInquiry) -> dict[str, Any]:
    """The schema of the answer; made of the parameters where a runner tells these alone."""
    if each.schema:
        return dict(each.schema)
    kinds = {"number": "integer", "decimal": "number", "flag": "boolean", "list": "array",
             "object": "object"}  # fmt: skip
    found = {
        p.name: {
            "type": kinds.get(p.kind, "string"), "description": p.help, "required": p.required,
            "default": p.default, "secret": p.secret,
            **({"enum": list(p.choices)} if p.choices else {}),
        }
        for p in each.params
    }  # fmt: skip
    return {"type": "object", "properties": found}


def _match(ctx: Ctx, one: Inquiry, each: RemoteInquiry) -> None:
    """Its execution was not known when it was asked first."""
    mine = _execution(ctx, one.system, each)
    if mine is None:
        return
    one = inquiries.save(
        ctx.tx, one, execution_id=mine.id, incident_id=mine.incident_id, parent=each.parent
    )
    note(ctx, one, f"{_deed(mine, one)} asks: {what(one)}")
    if one.incident_id:
        notices.below(ctx, about(one.id), one.incident_id)
    notices.stale(ctx, about(one.id))


def _execution(ctx: Ctx, system: str, each: RemoteInquiry) -> Execution | None:
    for remote in filter(None, (each.parent, each.id)):
        found = executions.by_remote(ctx.tx, system, remote)
        if found is not None:
            return found
    return None


def _show(ctx: Ctx, one: Inquiry) -> None:
    for handle in one.to:
        notices.tell(ctx, about(one.id), handle, incident=one.incident_id or 0)
    if one.incident_id:
        notices.below(ctx, about(one.id), one.incident_id)
    notices.stale(ctx, about(one.id))


def gone(ctx: Ctx, one: Inquiry) -> None:
    """It waits no more and nobody here answered: in time or not, and what became of its run."""
    late = _late(ctx, one.expires_at)
    mine = executions.get(ctx.tx, one.execution_id) if one.execution_id else None
    ended = mine is not None and mine.over and mine.state != DONE
    state = EXPIRED if late else OVER if ended else ELSEWHERE
    one = inquiries.save(ctx.tx, one, state=state, decided_at=ctx.now)
    say = {
        EXPIRED: f"Nobody answered in time: {what(one)}",
        OVER: f"Its run is over, no answer is needed any more: {what(one)}",
        ELSEWHERE: f"It was answered in {one.system}, or its run is over: {what(one)}",
    }[state]
    note(ctx, one, say)
    notices.stale(ctx, about(one.id), at_once=True)


def ended(ctx: Ctx, execution: Execution) -> None:
    """A run is over: what it asked is, too, and its cards say what became of it."""
    for one in inquiries.of_execution(ctx.tx, execution.id):
        if one.state == WAITS:
            gone(ctx, one)
        else:
            notices.stale(ctx, about(one.id))


# ---- who ---------------------------------------------------------------------------------------


def able(tx: Tx, known: Definitions, rules: Rulebook, one: Inquiry, at: Instant) -> list[str]:
    """The handles of those who may answer: whom the question names, as the settings know them;
    else who may run what asks, with its values, or work on that incident."""
    if one.users or one.roles:
        who = rules.answerers.get(one.system, answering.Answerers())
        return named(known, who, one, at) or _with(known, "*", ())
    teams = belongs.of_incident(tx, one.incident_id) if one.incident_id else ()
    mine = executions.get(tx, one.execution_id) if one.execution_id else None
    if mine is None or mine.elsewhere:
        return _with(known, "incident.act", teams)
    offer = rules.offers.get(mine.action)
    if offer is None:
        return _with(known, f"action:{mine.action}[*]", teams)
    some = rights.able(known, f"action:{mine.action}", teams)
    return [
        person.handle
        for person in some
        if rights.may(known, person, permission(known, person, offer, mine.params), teams)
    ]


def _with(known: Definitions, needs: str, teams: tuple[str, ...]) -> list[str]:
    return [p.handle for p in rights.able(known, needs, teams)]


def named(known: Definitions, who: answering.Answerers, one: Inquiry, at: Instant) -> list[str]:
    """Whom a question names: by the settings, else who has that handle or e-mail address here."""
    found: list[str] = []
    for user in filter(str.strip, one.users):
        handle = who.people.get(user)
        like = user.casefold()
        found += [handle] if handle else [
            p.handle for p in known.people.values()
            if like in (p.handle.casefold(), (p.email or "").casefold())
        ]  # fmt: skip
    for role in one.roles:
        by = who.roles.get(role, "")
        found += approving.approvers(known, by, "", at) if by else ()
    return list(dict.fromkeys(h for h in found if h in known.people))


def _told_to(ctx: Ctx, one: Inquiry, mine: Execution | None) -> tuple[str, ...]:
    """Whom to tell at once: those it names; else who had it run, who works on the incident and who
    is on call for it, as far as they may answer."""
    may = able_of(ctx, one)
    if one.users or one.roles:
        return tuple(may[:MOST])
    if mine is None and one.incident_id is None:
        return ()  # somebody else's workflow asks nobody by name: it is only listed
    incident = incidents.get(ctx.tx, one.incident_id) if one.incident_id else None
    first = [mine.by if mine else "", (incident.holder or "") if incident else ""]
    if incident is not None and incident.team:
        team = ctx.definitions.teams.get(incident.team)
        first += [each.person for each in duty(ctx.definitions, team, ctx.now)]
    there = tuple(h for h in dict.fromkeys(first) if h in may)
    return there or tuple(may[:3])


def able_of(ctx: Ctx, one: Inquiry) -> list[str]:
    """The handles of those who may answer it now."""
    return able(ctx.tx, ctx.definitions, ctx.rules, one, ctx.now)


# ---- on its way --------------------------------------------------------------------------------


def send(ctx: Ctx, one: Inquiry) -> None:
    """Have its answer sent, once this is on disk."""
    where = f"runner:{one.system}/inquiry"
    errands.ask(ctx.tx, ctx.now, about(one.id), where, {"inquiry": one.id}, rank=8)


def wanted(ctx: Ctx, number: int) -> Inquiry | None:
    """The answer that is to be sent; None where none is any more."""
    one = inquiries.get(ctx.tx, number)
    return one if one is not None and one.state == SENDING else None


def sent(ctx: Ctx, number: int) -> None:
    """Its system took the answer; its secrets are kept no longer."""
    one = inquiries.get(ctx.tx, number, for_change=True)
    if one is None or one.state != SENDING:
        return
    one = inquiries.save(ctx.tx, one, state=ANSWERED, answer={}, error="")
    note(ctx, one, f"{one.system} took the answer of {ctx.name_of(one.by)}: {one.says}.")
    notices.stale(ctx, about(one.id), at_once=True)


def unsure(ctx: Ctx, number: int) -> None:
    """The answer may have been taken, though its system did not say so."""
    one = inquiries.get(ctx.tx, number, for_change=True)
    if one is not None and one.state == SENDING:
        inquiries.save(ctx.tx, one, error=UNSURE)


def refused(ctx: Ctx, number: int, why: str, *, over: bool = False) -> None:
    """Its system did not take the answer: it waits again, and who answered is told; ``over`` where
    it was answered there first."""
    one = inquiries.get(ctx.tx, number, for_change=True)
    if one is None or one.state != SENDING:
        return
    why = ctx.rules.redact(why)[:_TEXT]
    by = one.by
    if over and one.error == UNSURE:
        sent(ctx, number)  # what was taken before it could say so was this very answer
        return
    if over:
        late = _late(ctx, one.expires_at)
        one = inquiries.save(
            ctx.tx,
            one,
            state=EXPIRED if late else ELSEWHERE,
            answer={},
            error=why,
            decided_at=ctx.now,
        )
        note(ctx, one, f"The answer of {ctx.name_of(by)} came too late: {what(one)}", why)
    else:
        one = inquiries.save(ctx.tx, one, state=WAITS, answer={}, error=why, decided_at=None)
        note(ctx, one, f"{one.system} did not take the answer of {ctx.name_of(by)}.", why)
    notices.stale(ctx, about(one.id), at_once=True)
    if by and by in ctx.definitions.people:
        notices.tell(ctx, about(one.id), by, incident=one.incident_id or 0)


# ---- words -------------------------------------------------------------------------------------


def note(ctx: Ctx, one: Inquiry, say: str, why: str = "") -> None:
    """A line of the incident's timeline, or of the record."""
    if one.incident_id is not None and incidents.exists(ctx.tx, one.incident_id):
        ctx.tell(one.incident_id, ABOUT, say, why, {"inquiry": one.id})
    else:
        ctx.did(ABOUT, say, why)


def what(one: Inquiry) -> str:
    """What is asked, in a line."""
    if one.text:
        return one.text
    asked = answering.fields(one.schema)
    must = [each for each in asked if each.required] or list(asked)
    words = [each.help.rstrip(".") or each.name for each in must]
    return "; ".join(words)[:200] or one.route or "something that its schema does not say"


def _deed(mine: Execution | None, one: Inquiry) -> str:
    return f"{mine.says}" if mine is not None else f"A workflow in {one.system}"


def took(mine: Execution | None) -> str:
    """What became of the run that asked, "" while it runs."""
    if mine is None or not mine.over:
        return ""
    took_ = duration(mine.ended_at - mine.asked_at) if mine.ended_at else ""
    return f"{said(mine)[:200]}{f' after {took_}' if took_ else ''}"


def shown(one: Inquiry) -> dict[str, Any]:
    """As a fact of the API; secrets are not in it."""
    asked = answering.fields(one.schema)
    return {
        "inquiry": one.id, "state": one.state, "system": one.system, "execution": one.execution_id,
        "incident": one.incident_id, "asks": what(one), "expires_at": one.expires_at,
        "fields": [{k: v for k, v in asdict(each).items() if k != "rules"} for each in asked],
        "by": one.by, "answer": one.says,
    }  # fmt: skip
