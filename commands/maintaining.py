"""What becomes of a maintenance: planned ahead, announced, begun, over. Each change in one place,
whoever asks for it or whatever is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from commands import notices, windows
from commands.alarms import alarm
from commands.context import Ctx
from commands.letting_go import retime, settled
from commands.rules import maintenance as rules
from store import incidents, timers, upkeep
from store import maintenance as store
from store.model import DAY, MINUTE, Incident, IncidentStatus, Instant, Severity, Timer
from store.model.maintenance import MaintenanceState, Occurrence, Window

ABOUT = "maintenance"
_OF_FILE = "maintenance of the file"
AHEAD, SOONER = 35 * DAY, 28 * DAY
"""How far ahead each time is on record, and when that is looked at again."""
KEPT = 180 * DAY
PLANNED, ANNOUNCED, BEGUN = (
    MaintenanceState.PLANNED,
    MaintenanceState.ANNOUNCED,
    MaintenanceState.BEGUN,
)
OVER, CALLED_OFF = MaintenanceState.OVER, MaintenanceState.CALLED_OFF
_SHOWN = 5
_FOREVER = 20 * 366 * DAY
_FORGOTTEN = "maintenance forgotten"


def about(occurrence: Occurrence) -> str:
    """What its cards are about."""
    return f"{ABOUT}:{occurrence.key}"


# ---- planned -----------------------------------------------------------------------------------


def make(ctx: Ctx, window: Window) -> Window:
    """Put a window on record with a number of its own; what is to begin now begins."""
    numbered = replace(window, id=store.number(ctx.tx))
    store.add_window(ctx.tx, numbered)
    there = store.window(ctx.tx, numbered.id, for_change=True)
    return plan(ctx, numbered) if there is not None else numbered


def plan(ctx: Ctx, window: Window) -> Window:
    """Put each time of the next weeks on record that is not there; the window as it is then."""
    until = ctx.now + AHEAD
    there = {o.slot for o in store.of_window(ctx.tx, window.id, all_=True)}
    for slot in rules.slots(window, ctx.now, until):
        if slot not in there:
            _write(ctx, window, slot)
    changed = replace(window, ahead=until)
    store.save_window(ctx.tx, changed)
    return ended(ctx, changed)


def _write(ctx: Ctx, window: Window, slot: int) -> None:
    w, (start, end) = window, rules.span(window, slot)
    one = Occurrence(
        ctx.tx.ids.next(ctx.now), w.id, slot, start, end, w.what, w.behaviour, w.text, w.by, PLANNED
    )  # fmt: skip
    store.add(ctx.tx, one)
    if start - w.announce * MINUTE <= ctx.now:
        advance(ctx, one)
    else:
        _wake(ctx, one, start - w.announce * MINUTE)


def _wake(ctx: Ctx, one: Occurrence, at: Instant) -> None:
    """It is due before the steps that waited for it, as urgent as the worst of them."""
    rank = Severity.CRITICAL.rank
    timers.add(ctx.tx, ctx.now, ABOUT, None, 0, at, rank, {"key": one.key})


def ended(ctx: Ctx, window: Window) -> Window:
    """The window; over where none of its times is to come any more."""
    to_come = store.of_window(ctx.tx, window.id)
    if to_come or window.over is not None or any(rules.slots(window, ctx.now, ctx.now + _FOREVER)):
        return window
    done = replace(window, over=ctx.now)
    store.save_window(ctx.tx, done)
    return done


def call_off(ctx: Ctx, one: Occurrence) -> Occurrence:
    """It does not take place."""
    off = replace(one, state=CALLED_OFF)
    store.save(ctx.tx, off)
    notices.stale(ctx, about(one))
    return off


def minute(ctx: Ctx) -> None:
    """The windows of the settings file, the times that come into sight, what is forgotten."""
    of_the_file(ctx)
    for window in store.windows(ctx.tx, short_of=ctx.now + SOONER):
        mine = store.window(ctx.tx, window.id, for_change=True)
        if mine is not None and mine.over is None and mine.ahead < ctx.now + SOONER:
            plan(ctx, mine)
    last = upkeep.meta(ctx.tx, _FORGOTTEN)
    if last is None or int(last) < ctx.now - DAY:
        upkeep.set_meta(ctx.tx, _FORGOTTEN, str(ctx.now))
        store.forget(ctx.tx, ctx.now - KEPT)


# ---- due ---------------------------------------------------------------------------------------


@alarm(ABOUT)
def due(ctx: Ctx, timer: Timer) -> None:
    """A maintenance is to be announced, to begin or to end."""
    number, _, slot = str(timer.detail["key"]).partition(".")
    store.window(ctx.tx, int(number), for_change=True)
    one = store.occurrence(ctx.tx, int(number), int(slot), for_change=True)
    if one is not None:
        advance(ctx, one)


def advance(ctx: Ctx, one: Occurrence) -> Occurrence:
    """Whatever its time has come for; of what was missed meanwhile only the last."""
    if one.state in (OVER, CALLED_OFF):
        return one
    if ctx.now >= one.until:
        return finish(ctx, one)
    if ctx.now >= one.starts_at:
        return begin(ctx, one) if one.state is not BEGUN else one
    return announce(ctx, one) if one.state is PLANNED else one


def announce(ctx: Ctx, one: Occurrence) -> Occurrence:
    """Its channels hear that it comes."""
    window = store.window(ctx.tx, one.window)
    if window is not None and ctx.now < one.starts_at - window.announce * MINUTE:
        return one
    told = replace(one, state=ANNOUNCED, places=places(ctx, one))
    store.save(ctx.tx, told)
    notices.post(ctx, about(told), told.places)
    _wake(ctx, told, told.starts_at)
    return told


def begin(ctx: Ctx, one: Occurrence) -> Occurrence:
    """It holds from now on."""
    begun = replace(one, state=BEGUN, places=one.places or places(ctx, one))
    store.save(ctx.tx, begun)
    notices.post(ctx, about(begun), begun.places)
    _wake(ctx, begun, begun.until)
    retime(ctx, [o.until for o in store.in_force(ctx.tx, ctx.now) if o.key != begun.key])
    return begun


def move(ctx: Ctx, one: Occurrence, until: Instant) -> Occurrence:
    """It ends at another time; what waits for its end waits for that."""
    moved = replace(one, until=until)
    store.save(ctx.tx, moved)
    _wake(ctx, moved, until)
    retime(ctx, [one.until, *(o.until for o in store.in_force(ctx.tx, ctx.now))])
    notices.stale(ctx, about(moved))
    return moved


def finish(ctx: Ctx, one: Occurrence) -> Occurrence:
    """It is over: what still fires is asked about, once; its channels hear what that is."""
    covered = _locked(ctx, one)
    over = replace(one, state=OVER, until=min(one.until, ctx.now))
    store.save(ctx.tx, over)
    retime(ctx, [one.until])
    left = [settled(ctx, each) for each in _of(ctx, covered)]
    still = [i for i in left if i.status is not IncidentStatus.RESOLVED]
    over = replace(over, left=tuple(i.id for i in still))
    store.save(ctx.tx, over)
    if one.places:
        notices.stale(ctx, about(over))
        notices.say(ctx, about(over), over.places, {"what": "over", "left": _told(ctx, still)})
    window = store.window(ctx.tx, one.window, for_change=True)
    if window is not None:
        changed = replace(window, rev=window.rev + 1)
        store.save_window(ctx.tx, changed)
        ended(ctx, changed)
    return over


def _told(ctx: Ctx, still: list[Incident]) -> list[dict[str, object]]:
    """What is said of each that still fires: who has it, or who is paged."""
    said = []
    for i in sorted(still, key=lambda i: (i.severity.rank, i.id))[: _SHOWN + 1]:
        waits = i.next is not None and i.next.kind == "page"
        asked = i.asking or (i.next.who if i.next is not None and waits else ())
        quiet = max(i.silenced_until or 0, i.snoozed_until or 0) > ctx.now
        said.append(
            {
                "id": i.id, "severity": str(i.severity), "firing": i.alerts_firing,
                "holder": i.holder or "", "asked": list(asked), "quiet": quiet,
            }
        )  # fmt: skip
    return said


def _locked(ctx: Ctx, one: Occurrence) -> list[int]:
    """The open incidents a maintenance is about, the oldest first; they and what waits for its end
    are locked in that order, as others lock them."""
    covered = {i.id for i in windows.every(ctx.tx, windows.OPEN) if windows.covers(one, i)}
    for incident_id in sorted(covered.union(timers.waiting(ctx.tx, one.until))):
        incidents.for_change(ctx.tx, incident_id)
    return sorted(covered)


def _of(ctx: Ctx, ids: Iterable[int]) -> Iterator[Incident]:
    """Those that are open, as they are now."""
    for incident_id in ids:
        incident = incidents.for_change(ctx.tx, incident_id)
        if incident is not None and incident.status is not IncidentStatus.RESOLVED:
            yield incident


# ---- where it is told --------------------------------------------------------------------------


def places(ctx: Ctx, one: Occurrence) -> tuple[str, ...]:
    """The channels of the teams and routes it is about; where it names none, of what it was about
    in the last week, else of the teams of whoever made it, else all."""
    known = ctx.definitions
    teams, routes = rules.fields(one.what, "team"), rules.fields(one.what, "route")
    named = [r for r in known.routes if (r.team or "") in teams or r.name in routes]
    if rules.is_everything(one.what):
        named = list(known.routes)
    if not named:
        seen = windows.every(ctx.tx, (), ctx.now - windows.LATELY, 1000)
        lately = {i.route for i in seen if windows.covers(one, i)}
        named = [r for r in known.routes if r.name in lately]
    if not named:
        mine = {t.name for t in known.teams.values() if one.by in (*t.members, t.lead)}
        named = [r for r in known.routes if r.team in mine]
    found = tuple(dict.fromkeys(c for r in named for c in r.channels))
    return found or notices.channels_of(known, None)


# ---- of the settings file, and changed ---------------------------------------------------------


def of_the_file(ctx: Ctx) -> None:
    """Windows that the settings file plans are as it says, looked at once by each process."""
    wanted = ctx.rules.maintenance
    if ctx.tx.hot.get(_OF_FILE) == wanted:
        return
    mine = store.of_file(ctx.tx)
    for window in wanted:
        there = mine.pop(window.file, None)
        if there is None:
            make(ctx, window)
        elif _differs(there, window):
            replan(ctx, there, window)
    for gone in mine.values():
        done = stop(ctx, gone) if gone.over is None else gone
        store.save_window(ctx.tx, replace(done, file=""))
    ctx.tx.after.append(lambda: ctx.tx.hot.update({_OF_FILE: wanted}))


def _differs(there: Window, wanted: Window) -> bool:
    """Whether the file says something else than it did."""
    same = replace(
        wanted, id=there.id, skipped=there.skipped, ahead=there.ahead, over=there.over,
        rev=there.rev,
    )  # fmt: skip
    return same != there


def replan(ctx: Ctx, there: Window, wanted: Window) -> Window:
    """A window is as it is wanted now; what has begun goes on to its end, or to its new one."""
    begun = next((o for o in store.of_window(ctx.tx, there.id) if o.state is BEGUN), None)
    if begun is not None and wanted.first is not None and wanted.first[0] <= ctx.now:
        first = (begun.starts_at, wanted.first[1])
        wanted = replace(wanted, start=begun.slot, first=first)
    changed = replace(
        wanted, id=there.id, skipped=there.skipped, rev=there.rev + 1, ahead=0, over=None
    )
    store.save_window(ctx.tx, changed)
    slots = {*rules.slots(changed, ctx.now, ctx.now + AHEAD)}
    for one in store.of_window(ctx.tx, changed.id):
        if one.state is PLANNED:
            store.remove(ctx.tx, one)
        elif one.slot in slots:
            _rewrite(ctx, changed, one)
        elif one.state is ANNOUNCED:
            call_off(ctx, one)
    return plan(ctx, changed)


def _rewrite(ctx: Ctx, window: Window, one: Occurrence) -> None:
    """What is announced or has begun says what its window says now."""
    start, end = rules.span(window, one.slot)
    behaviour = window.behaviour if one.state is ANNOUNCED else one.behaviour
    start = start if one.state is ANNOUNCED else one.starts_at
    said = replace(
        one, what=window.what, text=window.text, behaviour=behaviour, starts_at=start, until=end
    )
    store.save(ctx.tx, said)
    if one.state is ANNOUNCED:
        _wake(ctx, said, start)
    _wake(ctx, said, end)
    retime(ctx, [one.until, *(o.until for o in store.in_force(ctx.tx, ctx.now))])
    notices.stale(ctx, about(said))


def stop(ctx: Ctx, window: Window) -> Window:
    """No time of it comes any more; one that goes on ends now."""
    for one in store.of_window(ctx.tx, window.id):
        if one.state is PLANNED:
            store.remove(ctx.tx, one)
        elif one.state is ANNOUNCED:
            call_off(ctx, one)
        else:
            finish(ctx, one)
    done = replace(window, over=ctx.now, rev=window.rev + 2)
    store.save_window(ctx.tx, done)
    return done
