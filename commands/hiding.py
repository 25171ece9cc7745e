"""A silence by a filter begins, lasts longer, ends: what it hides of what is open follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commands import alarms, inhibit, lifecycle, notices, paging, silence_back, silencing, waking
from commands.context import Ctx
from commands.inventory import topology
from commands.rules import silencing as rules
from commands.rules.silencing import Matcher
from commands.silencing import Held
from store import hot, incidents, silences, timers
from store.model import (
    SECOND,
    Definitions,
    Incident,
    IncidentStatus,
    Instant,
    Route,
    Severity,
    Timer,
)
from store.model.silence import Silence, SilenceState

KIND = "silence"
PAGE = 500
"""So many incidents are looked at in one transaction; the others in those after it."""
_LATER = 5 * SECOND
_APART = 30 * SECOND
TRIGGERED = IncidentStatus.TRIGGERED
HIDE, RELEASE, MISSED, OVER = "hide", "release", "missed", "over"


def about(silence: Silence) -> str:
    """What its cards are about."""
    return f"{KIND}:{silence.id}"


def begin(ctx: Ctx, silence: Silence) -> Silence:
    """A silence holds from now on: what it hides of what is open asks nobody any more, and its
    card says so where people look for that."""
    on = replace(silence, state=SilenceState.ON, rev=silence.rev + 1)
    silences.save(ctx.tx, on)
    hid, last = _hide(ctx, on, 0)
    on = replace(on, hid=hid)
    silences.save(ctx.tx, on)
    notices.post(ctx, about(on), on.posts)
    silence_back.ask(ctx, on)
    _wake(ctx, on, on.until, OVER)
    _go_on(ctx, on, HIDE, last)
    if ctx.draft.shared:
        _wake(ctx, on, ctx.now + _LATER, MISSED)
    return on


def lengthen(ctx: Ctx, silence: Silence, until: Instant) -> Silence:
    """It lasts longer, and hides as long what it hides."""
    longer = replace(silence, until=until, rev=silence.rev + 1)
    silences.save(ctx.tx, longer)
    if longer.of is None:
        _, last = _hide(ctx, longer, 0)
        _go_on(ctx, longer, HIDE, last)
    else:
        _own(ctx, longer)
    _wake(ctx, longer, until, OVER)
    silence_back.ask(ctx, longer)
    notices.stale(ctx, about(longer))
    return longer


def end(ctx: Ctx, silence: Silence) -> Silence:
    """It is over before its time: what still fires asks, at once and once."""
    over = replace(
        silence, state=SilenceState.OVER, until=min(silence.until, ctx.now), ended_at=ctx.now,
        ended_by=ctx.actor.id, rev=silence.rev + 1,
    )  # fmt: skip
    silences.save(ctx.tx, over)
    if over.of is None:
        _go_on(ctx, over, RELEASE, _release(ctx, over, 0))
        if ctx.draft.shared:
            _wake(ctx, over, ctx.now + _LATER, RELEASE)
    else:
        _own(ctx, over)
    silence_back.ask(ctx, over)
    notices.stale(ctx, about(over))
    return over


# ---- pages of incidents -------------------------------------------------------------------------


def _hide(ctx: Ctx, silence: Silence, after: int) -> tuple[int, int | None]:
    """Hide what fits of the open incidents above a number; how many, and where to go on."""
    held = [Held(silence, rules.read(silence.what))]
    found = silences.open_after(ctx.tx, after, PAGE)
    count = sum(_hide_one(ctx, held, incident) for incident in found)
    return count, found[-1].id if len(found) == PAGE else None


def _hide_one(ctx: Ctx, held: list[Held], seen: Incident) -> bool:
    silence = held[0].silence
    mine = seen.hush is not None and seen.hush.id == silence.id
    if not mine and not would_hide(seen, silence.until):
        return False
    if not mine and silencing.covered(ctx.tx, seen, held) is None:
        return False
    incident = incidents.for_change(ctx.tx, seen.id)
    if incident is None or incident.status is IncidentStatus.RESOLVED:
        return False
    if mine:
        _longer(ctx, incident, silence)
    elif incident.status is TRIGGERED:
        stopped = paging.stop(ctx, incident, f"silence {silence.id} hides it")
        quiet = silencing.hidden(ctx, replace(stopped, assignee=None), silence)
        name = ctx.name_of(silence.by)
        said = {"until": silence.until, "text": silence.text, "silence": silence.id}
        say = f"{name} silenced {silence.what}. {silence.text}".strip()
        ctx.tell(incident.id, "silence", say, f"Silence {silence.id} hides it.", said)
        ctx.save(quiet, closes_group=True)
        if topology.on(ctx):
            inhibit.let_go(ctx, incident.id)
    return True


def would_hide(incident: Incident, until: Instant) -> bool:
    """Whether a silence that lasts until then changes anything for an incident that fits."""
    if incident.status is not TRIGGERED or incident.snoozed_until is not None:
        return False
    return (incident.silenced_until or 0) < until


def _longer(ctx: Ctx, incident: Incident, silence: Silence) -> None:
    """The silence that hides it lasts longer, also where somebody has it meanwhile."""
    if (incident.silenced_until or 0) >= silence.until:
        return
    quiet = silencing.hidden(ctx, incident, silence)
    following = incident.next if incident.status is not TRIGGERED else quiet.next
    ctx.save(replace(quiet, next=following))


def _release(ctx: Ctx, silence: Silence, after: int) -> int | None:
    """What it hid of the incidents above a number is heard again; where to go on."""
    found = silences.hidden_after(ctx.tx, after, PAGE)
    for seen in found:
        if seen.hush is None or seen.hush.id != silence.id or not seen.silenced_until:
            continue
        incident = incidents.for_change(ctx.tx, seen.id)
        if incident is not None and incident.hush == seen.hush and incident.silenced_until:
            _heard(ctx, incident)
    return found[-1].id if len(found) == PAGE else None


def _heard(ctx: Ctx, incident: Incident) -> None:
    """Its silence is over; one of its own alerts may go on."""
    own = silencing.of_its_own(ctx.tx, incident, ctx.now)
    if own is None:
        waking.unsilence(ctx, replace(incident, silenced_until=ctx.now))
        return
    quiet = replace(incident, silenced_until=own, hush=None, updated_at=ctx.now)
    ctx.save(lifecycle.with_waits(quiet))


def _own(ctx: Ctx, silence: Silence) -> None:
    """A silence of one incident's own alerts has another end."""
    forget = silences.keys_of(ctx.tx, silence.id)
    until = hot.silenced(ctx.tx, forget, ctx.now)
    ctx.tx.after.append(lambda: ctx.draft.remember_silence(forget, until))
    incident = incidents.for_change(ctx.tx, silence.of or 0)
    if incident is None or incident.silenced_until is None or incident.hush is not None:
        return
    if silence.in_force(ctx.now):
        ends = max(incident.silenced_until, silence.until)
        rank = incident.severity.rank
        timers.add(ctx.tx, ctx.now, timers.UNSILENCE, incident.id, incident.generation, ends, rank)
        quiet = replace(incident, silenced_until=ends, updated_at=ctx.now)
        ctx.save(lifecycle.with_waits(quiet))
    else:
        _heard(ctx, incident)


# ---- later --------------------------------------------------------------------------------------


def _wake(ctx: Ctx, silence: Silence, at: Instant, what: str, after: int = 0) -> None:
    detail = {"silence": silence.id, "do": what, "after": after}
    rank = Severity.INFO.rank if what == OVER else Severity.CRITICAL.rank
    timers.add(ctx.tx, ctx.now, KIND, None, 0, at, rank, detail)


def _go_on(ctx: Ctx, silence: Silence, what: str, last: int | None) -> None:
    if last is not None:
        _wake(ctx, silence, ctx.now, what, last)


@alarms.alarm(KIND)
def _later(ctx: Ctx, timer: Timer) -> None:
    """The next page of incidents; what another process opened meanwhile; the end."""
    silence = silences.get(ctx.tx, timer.detail["silence"], for_change=True)
    if silence is None:
        return
    what, after = timer.detail["do"], timer.detail["after"]
    holds = silence.in_force(ctx.now)
    if what == HIDE and holds:
        hid, last = _hide(ctx, silence, after)
        silences.save(ctx.tx, replace(silence, hid=silence.hid + hid))
        _go_on(ctx, silence, HIDE, last)
    elif what == MISSED and holds:
        _missed(ctx, silence)
    elif what == RELEASE and not holds:
        _go_on(ctx, silence, RELEASE, _release(ctx, silence, after))
    elif what == OVER and not holds and silence.state is SilenceState.ON:
        over = replace(
            silence, state=SilenceState.OVER, ended_at=silence.until, rev=silence.rev + 1
        )
        silences.save(ctx.tx, over)
        notices.stale(ctx, about(over))


def _missed(ctx: Ctx, silence: Silence) -> None:
    """What was opened while it began, by a process that did not know of it yet."""
    held = [Held(silence, rules.read(silence.what))]
    for incident in silences.opened_since(ctx.tx, ctx.now - _LATER - _APART, PAGE):
        if incident.hush is None:
            _hide_one(ctx, held, incident)


# ---- where its card stands ----------------------------------------------------------------------


def channels(known: Definitions, silence: Silence, routes: Iterable[str], by: str) -> list[str]:
    """The channels of the routes that it concerns: of those whose incidents it hides or would have
    hidden, and that its filter names; else of the teams of whoever made it, else all."""
    matcher = rules.read(silence.what)
    named = set(routes)
    for route in known.routes:
        if _is_named(matcher, route):
            named.add(route.name)
    mine = {t.name for t in known.teams.values() if by in t.members}
    chosen = (
        [r for r in known.routes if r.name in named]
        or [r for r in known.routes if r.team in mine]
        or list(known.routes)
    )
    return list(dict.fromkeys(place for r in chosen for place in r.channels))


def _is_named(matcher: Matcher, route: Route) -> bool:
    """Whether a filter is about a route or its team by name."""
    has = {"route": route.name, "team": route.team or ""}
    terms = [t for t in matcher.filter.terms if t.name in has and not t.but]
    return bool(terms) and all(t.fits(lambda n: (has[n],)) for t in terms)
