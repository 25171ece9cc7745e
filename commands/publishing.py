"""``publish`` and ``unpublish``: what others read of an incident on the status page, in words that
somebody wrote for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from commands import posting
from commands.about import ACT, done, fetch, incident_arg
from commands.context import Ctx, Done, View
from commands.errors import Conflict, Invalid, NotFound
from commands.oncall import READ, zone_of
from commands.queries import Show
from commands.registry import Button, arg, command, query
from commands.rules import filters
from commands.rules import status as rules
from commands.rules.status import Entry, Shown, Work
from commands.told import Told
from commands.words import local
from store import incidents, maintenance, rooms
from store import status as rows
from store.db import Tx
from store.model import DAY, MINUTE, Incident, IncidentStatus, Instant, Severity
from store.model.maintenance import MaintenanceState
from store.model.status import (
    DEGRADED,
    INVESTIGATING,
    OUTAGE,
    PHASES,
    RESOLVED,
    Component,
    Post,
    StatusPage,
)

IMPACTS = ((DEGRADED, "Works partly"), (OUTAGE, "Does not work"))
STAGES = tuple((phase, phase.capitalize()) for phase in PHASES)
LONGEST_TITLE, LONGEST_TEXT = 120, 2_000
KIND = "published"
_OPEN = (str(IncidentStatus.TRIGGERED), str(IncidentStatus.ACKNOWLEDGED))
_MOST, _STEPS = 500, 5
_DRILL = "drill"
_AHEAD = 7 * DAY


@dataclass(frozen=True, slots=True)
class PublishArgs:
    """Arguments of ``publish``."""

    incident: int = incident_arg()
    text: str = arg("text", "What others read. The first time, its first line is the title.",
                    default="")  # fmt: skip
    title: str = arg("named", "The public title.", default="")
    impact: str = arg("named", "How the parts are.", choices=IMPACTS, default="")
    phase: str = arg("named", "How far it is.", choices=STAGES, default="")
    parts: str = arg("named", "Which parts, with commas; those it fits if left out.", default="")


@dataclass(frozen=True, slots=True)
class UnpublishArgs:
    """Arguments of ``unpublish``."""

    incident: int = incident_arg()


@dataclass(frozen=True, slots=True)
class StatusArgs:
    """Arguments of ``status``."""


@command(
    "publish", group="room", permission=ACT, args=PublishArgs,
    example="publish 1842 Payments are slow", begins="publish-form",
    buttons=(Button("Publish…", "room", ()),),
)  # fmt: skip
def publish(ctx: Ctx, args: PublishArgs) -> Done:
    """Show an incident on the status page, or add what is new of it: only these words."""
    page = _page(ctx.rules.status)
    incident = fetch(ctx, args.incident)
    if incident.private:
        raise Conflict(f"#{incident.id} is private. First: public {incident.id}")
    known = rows.get(ctx.tx, incident.id)
    title, text = _words(ctx, incident, known, args)
    post = Post(
        incident.id,
        known.at if known is not None else ctx.now,
        title,
        _impact(incident, known, args.impact),
        _parts(page, incident, known, args.parts),
        ctx.actor.id,
    )
    phase = _phase(ctx, incident, args.phase)
    _must_be_new(ctx, known, post, phase, text)
    _put(ctx, incident, post, phase, text)
    where = f" {ctx.rules.url}/status" if ctx.rules.url else ""
    on = f" for {', '.join(post.components)}" if post.components else ""
    say = f"#{incident.id} is on the status page as “{title}”{on}.{where}"
    return replace(done(incident, say), aloud=True)


def _must_be_new(ctx: Ctx, known: Post | None, post: Post, phase: str, text: str) -> None:
    """What others read already is not said to them once more."""
    if known is None or known.hidden or _read(known) != _read(post):
        return
    last = next(iter(rows.lines(ctx.tx, (post.incident,)).get(post.incident, [])), None)
    if last is not None and last.phase == phase and text in ("", last.text):
        number = post.incident
        raise Conflict(
            f"Nothing new to publish of #{number}. Type what is new: "
            f"publish {number} The cause is found"
        )


def _read(post: Post) -> tuple[str, str, tuple[str, ...]]:
    """What others read of a publication above its lines."""
    return post.title, post.impact, post.components


NO_PAGE = "There is no status page yet: status: in pixelview.yaml."


def _page(page: StatusPage | None) -> StatusPage:
    if page is None:
        raise Conflict(NO_PAGE)
    return page


def _words(ctx: Ctx, incident: Incident, known: Post | None, args: PublishArgs) -> tuple[str, str]:
    """The title and the text: what was typed, else the last update that was written for others."""
    title, text = args.title.strip(), args.text.strip()
    if not text and known is None:
        told = rooms.updates(ctx.tx, incident.id, 1)
        text = told[0].text if told and title else ""
    if not title and known is None:
        title, _, text = (part.strip() for part in text.partition("\n"))
    title = title or (known.title if known is not None else "")
    if not title:
        raise Invalid("It needs a title that others may read.", "title")
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise Invalid(f"A title is one line of at most {LONGEST_TITLE} characters.", "title")
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"The text has at most {LONGEST_TEXT} characters.", "text")
    return title, text


def _impact(incident: Incident, known: Post | None, said: str) -> str:
    if said and said not in dict(IMPACTS):
        raise Invalid(f"{said} is none of them: {DEGRADED}, {OUTAGE}.", "impact")
    by_itself = OUTAGE if incident.severity is Severity.CRITICAL else DEGRADED
    return said or (known.impact if known is not None else by_itself)


def _phase(ctx: Ctx, incident: Incident, said: str) -> str:
    if said and said not in PHASES:
        raise Invalid(f"{said} is none of them: {', '.join(PHASES)}.", "phase")
    if incident.status is IncidentStatus.RESOLVED:
        return RESOLVED
    last = rows.lines(ctx.tx, (incident.id,)).get(incident.id, [])
    return said or (last[0].phase if last else INVESTIGATING)


def _parts(page: StatusPage, incident: Incident, known: Post | None, said: str) -> tuple[str, ...]:
    names = {c.name.casefold(): c.name for c in page.components}
    typed = [part.strip() for part in said.split(",") if part.strip()]
    wanted = [part.casefold() for part in typed]
    if unknown := [part for part in typed if part.casefold() not in names]:
        there = ", ".join(names.values()) or "none yet"
        raise Invalid(f"There is no part {unknown[0]}. Parts: {there}.", "parts")
    if wanted:
        return tuple(names[part] for part in dict.fromkeys(wanted))
    if known is not None and known.components:
        return known.components
    return rules.components_of(page, filters.of_incident(incident))


def _put(ctx: Ctx, incident: Incident, post: Post, phase: str, text: str) -> None:
    rows.put(ctx.tx, post)
    rows.say(ctx.tx, incident.id, ctx.now, phase, text)
    why = text or ("By the rule of the status page." if post.rule else "")
    ctx.tell(incident.id, KIND, f"On the status page: {post.title} ({phase}).", why)
    ctx.changed(incident.id, incident.rev)


@query(
    "publish-form", group="room", permission=READ, args=Show, listed=False,
    example="publish-form 1842",
)  # fmt: skip
async def publish_form(view: View, args: Show) -> Told:
    """What a publication begins with: what stands there, or the last update for others."""
    page = view.rules.status
    if page is None:
        return Told((NO_PAGE,))

    def look(tx: Tx) -> dict[str, str]:
        incident = incidents.get(tx, args.incident)
        if incident is None:
            raise NotFound(f"There is no incident #{args.incident}.")
        return _begun(tx, page, incident)

    values = await view.read(look)
    return Told(tuple(f"{name}: {value}" for name, value in values.items()), {"values": values})


def _begun(tx: Tx, page: StatusPage, incident: Incident) -> dict[str, str]:
    known = rows.get(tx, incident.id)
    lines = rows.lines(tx, (incident.id,)).get(incident.id, [])
    told = rooms.updates(tx, incident.id, 1)
    newer = told and (not lines or told[0].at > lines[0].at)
    return {
        "text": told[0].text if newer else "",
        "title": known.title if known is not None else "",
        "impact": _impact(incident, known, ""),
        "phase": lines[0].phase if lines else INVESTIGATING,
        "parts": ", ".join(_parts(page, incident, known, "")),
    }


@command(
    "unpublish", group="room", permission=ACT, args=UnpublishArgs, example="unpublish 1842",
)  # fmt: skip
def unpublish(ctx: Ctx, args: UnpublishArgs) -> Done:
    """Take an incident off the status page, with all that was published of it."""
    _page(ctx.rules.status)
    incident = fetch(ctx, args.incident)
    known = rows.get(ctx.tx, incident.id)
    if known is None or known.hidden:
        raise Conflict(f"#{incident.id} is not on the status page.")
    rows.put(ctx.tx, replace(known, hidden=True))
    ctx.tell(incident.id, KIND, "Taken off the status page.")
    ctx.changed(incident.id, incident.rev)
    return replace(done(incident, f"#{incident.id} is off the status page."), aloud=True)


# ---- by a rule -----------------------------------------------------------------------------------


def minute(ctx: Ctx) -> None:
    """Every minute: what a component publishes by itself."""
    page = ctx.rules.status
    wanted = [c for c in page.components if c.publish is not None] if page is not None else []
    if not wanted:
        return
    worst = max(Severity(c.publish.severity).rank for c in wanted if c.publish is not None)
    severities = tuple(str(s) for s in Severity if s.rank <= worst)
    found = incidents.page(
        ctx.tx, incidents.Wanted(statuses=_OPEN, severities=severities, sort="oldest"), _MOST
    )
    there = {p.incident: p for p in rows.some(ctx.tx, (i.id for i in found))}
    taken = {name for p in there.values() if p.rule and not p.hidden for name in p.components}
    for component in wanted:
        if component.name not in taken:
            _publish_one(ctx, component, [i for i in found if i.id not in there])


def _publish_one(ctx: Ctx, component: Component, found: list[Incident]) -> None:
    """The first incident for which a component says so: several of one part are one thing to
    others."""
    rule, match = component.publish, filters.read(component.match)
    if rule is None:
        return
    for incident in found:
        if incident.severity.rank > Severity(rule.severity).rank or incident.source == _DRILL:
            continue
        if incident.opened_at > ctx.now - rule.after * MINUTE or not posting.may_show(
            ctx.tx, incident
        ):
            continue
        if (incident.silenced_until or 0) > ctx.now or not match.fits(
            filters.of_incident(incident)
        ):
            continue
        if rows.get(ctx.tx, incident.id) is not None:
            continue
        title = rule.title or f"Problems with {component.name}"
        text = rule.text or "People are looking into it."
        post = Post(incident.id, ctx.now, title, rule.impact, (component.name,), rule=True)
        _put(ctx, incident, post, INVESTIGATING, text)
        return


# ---- the page ------------------------------------------------------------------------------------


def shown(tx: Tx, page: StatusPage, now: Instant) -> Shown:
    """The page as others read it at an instant."""
    since = rules.earliest(page, now)
    entries = [e for e in _entries(tx, now) if e.over is None or e.began >= since]
    return rules.shown(page, entries, list(_work(tx, page, now)), now)


def _entries(tx: Tx, now: Instant) -> Iterator[Entry]:
    posts = [p for p in rows.posts(tx) if not p.hidden]
    known = incidents.many(tx, [p.incident for p in posts])
    lines = rows.lines(tx, [p.incident for p in posts])
    for post in posts:
        incident = known.get(post.incident)
        if incident is not None:
            over = _over(tx, incident)
            yield rules.entry(_key(tx, "incident", post.incident), post,
                              lines.get(post.incident, []), incident.opened_at, over)  # fmt: skip


def _over(tx: Tx, incident: Incident) -> Instant | None:
    """When it was over; what became part of another one is over with that one."""
    one: Incident | None = incident
    for _ in range(_STEPS):
        if one is None or one.merged_into is None:
            break
        one = incidents.get(tx, one.merged_into)
    if one is None or one.status is not IncidentStatus.RESOLVED:
        return None
    return one.resolved_at


def _key(tx: Tx, kind: str, number: int) -> str:
    """A name for the outside that says nothing of the number inside."""
    return tx.ring.blind("status page", kind, str(number)).hex()[:16]


def _work(tx: Tx, page: StatusPage, now: Instant) -> Iterator[Work]:
    """The maintenances that are announced or under way and concern a component."""
    if page.maintenance == "off":
        return
    told = (MaintenanceState.ANNOUNCED, MaintenanceState.BEGUN)
    for one in maintenance.between(tx, now, now + _AHEAD):
        parts = rules.touched(page, one.what)
        if one.state in told and parts:
            title = one.text if page.maintenance == "text" and one.text else "Maintenance"
            begun = one.state is MaintenanceState.BEGUN
            yield Work(
                _key(tx, "maintenance", one.id), title, parts, one.starts_at, one.until, begun
            )


@query("status", group="room", permission=READ, args=StatusArgs, example="status")
async def status(view: View, args: StatusArgs) -> Told:
    """What others read on the status page now."""
    page = _page(view.rules.status)
    found = await view.read(lambda tx: shown(tx, page, view.now))
    zone = zone_of(view)
    for_whom = "Public" if page.public else "For people of the house"
    where = f": {view.rules.url}/status" if view.rules.url else ""
    lines = [
        f"{page.title}: {found.headline}. {for_whom}{where}",
        *(f"{part.name}: {part.word}" for part in found.parts),
        *(
            f"{e.title} · {e.phase} since {local(e.changed, zone, view.now)}"
            f"{f': {e.lines[0].text}' if e.lines and e.lines[0].text else ''}"
            for e in found.open
        ),
        *(
            f"{w.title} on {', '.join(w.components)}: {local(w.starts, zone, view.now)} to"
            f" {local(w.ends, zone, view.now)}"
            for w in found.work
        ),
    ]
    facts = {"state": found.state, "parts": {p.name: p.state for p in found.parts}}
    return Told(tuple(lines), facts)
