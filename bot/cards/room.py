"""Card 26, the war room: who does what, the call, when the next update is due; and what is said of
a room in it, in the threads, and to one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.cards import words
from bot.cards.address import http
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Facts, Head, Note, Press, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands import roles, rooms
from commands.words import surface_name
from store import incidents, timeline
from store import rooms as records
from store.db import Tx
from store.model import Definitions, Incident, IncidentStatus, Instant
from store.model.room import CHANNEL, COMMS, LEAD, OPEN, ROLES, SCRIBE, Room, WarRoom

SHORT = {LEAD: "Lead", COMMS: "Comms", SCRIBE: "Scribe"}
_TAKES = {LEAD: "take-lead", COMMS: "take-comms", SCRIBE: "take-scribe"}
_UPDATE_LINES, _LINE = 20, 500
_RESOLVED = IncidentStatus.RESOLVED


@dataclass(frozen=True, slots=True)
class Work:
    """How an incident is worked on: its war room, the rooms that stand, the updates so far."""

    incident: Incident
    war: WarRoom
    rooms: tuple[Room, ...]
    updates: int

    @property
    def over(self) -> bool:
        """Whether its rooms were ended."""
        return self.war.ended_at is not None


def read(tx: Tx, name: str) -> Work | None:
    """The war room of an incident's number."""
    found = incidents.get(tx, int(name)) if name.isdecimal() else None
    war = records.war_room(tx, found.id) if found is not None else None
    if found is None or war is None:
        return None
    there = tuple(r for r in records.of_incident(tx, found.id) if r.state == OPEN)
    return Work(found, war, there, len(records.updates(tx, found.id, 100)))


def card(work: Work, scene: Scene) -> Card:
    """``🔴 WAR ROOM · #1842 Disk 94 % full on db-3``, with the roles and what is due."""
    i, names = work.incident, names_of(work, scene)
    resolved = i.status is _RESOLVED
    return Card(
        id=i.id,
        rev=work.war.rev,
        color=_color(work),
        head=Head(
            "✅" if resolved else words.GLYPH[i.severity],
            "WAR ROOM", i.id, words.title(i.title), scene.link(f"i/{i.id}"),
        ),
        state=State(_state(work, scene, names)),
        actions=Actions(()) if work.over else _actions(work),
        fold=_fold(work, scene),
        notification=_notification(work, scene, names),
        quiet=True,
    )  # fmt: skip


def _color(work: Work) -> int:
    if work.over:
        return words.ASIDE
    if work.incident.status is _RESOLVED:
        return words.RESOLVED
    return words.TAKEN if work.war.who(LEAD) else words.COLOR[work.incident.severity]


def names_of(work: Work, scene: Scene) -> words.Names:
    """How everybody on the card is called."""
    return words.Names(scene.definitions, (*(r.person for r in work.war.roles.values()),))


def _state(work: Work, scene: Scene, names: words.Names) -> Spans:
    parts: list[Spans] = []
    for role in ROLES:
        who = work.war.who(role)
        held = strange(names(who), 40, bold=True) if who else own("nobody")
        parts.append((own(f"{SHORT[role]} "), held))
    return separated([*parts, _next(work, scene)])


def _next(work: Work, scene: Scene) -> Spans:
    war = work.war
    if war.ended_at is not None:
        return own("over since "), when(war.ended_at, scene.now)
    if work.incident.status is _RESOLVED:
        at = work.incident.resolved_at
        return (own("resolved "), when(at, scene.now)) if at is not None else (own("resolved"),)
    if war.next_update is None:
        return ()
    late = war.reminded > 0
    said = own("update due since " if late else "next update ", bold=late)
    return said, when(war.next_update, scene.now, "time" if late else "in")


def _actions(work: Work) -> Actions:
    """Every place keeps its meaning: where a role was free stands a form once it is taken, so that
    a second tap takes no other role and ends nothing."""
    i, resolved = work.incident, work.incident.status is _RESOLVED

    def press(label: str, verb: str, *, primary: bool = False) -> Press:
        says = f"{label.rstrip('…')}, incident {i.id}"
        return Press(label, token(verb, i.id, i.rev), primary, None, words.cut(says, 75))

    write = press("Write update…", "update", primary=not resolved)
    invite, end = press("Invite…", "invite"), press("End room…", "end-room", primary=resolved)
    if resolved:
        return Actions((write, invite, end))
    forms = {
        LEAD: invite, COMMS: press("Give a role…", "role"),
        SCRIBE: press("Call link…", "call-link"),
    }  # fmt: skip
    free = [r for r in ROLES if not work.war.who(r)]
    takes = {r: press(f"Take {SHORT[r].casefold()}", _TAKES[r]) for r in free}
    lead, comms, scribe = (takes.get(r, forms[r]) for r in ROLES)
    return Actions((write, lead, end, comms, scribe), tuple(forms[r] for r in free))


def _fold(work: Work, scene: Scene) -> tuple[Block, ...]:
    links = [Span("Call ↗", url=url)] if (url := http(work.war.call)) else []
    others = (r for r in work.rooms if not r.below and r.place != scene.place)
    links += [_link(room) for room in others if http(room.url)]
    links.append(Span("Open in console", url=scene.link(f"i/{work.incident.id}")))
    lines = [separated([(link,) for link in links])]
    if work.updates:
        at = work.war.updated_at
        last: Spans = (own(", the last "), when(at, scene.now, "since")) if at is not None else ()
        lines.append((own(words.count(work.updates, "update")), *last))
    blocks: list[Block] = [Facts(tuple(lines))]
    if not work.over:
        blocks.append(Rows((_record(scene),)))
    return tuple(blocks)


def _record(scene: Scene) -> Spans:
    if scene.threads:
        return (own("Words here go on the record; commands need no number."),)
    return (own("To put words on the record: note …; commands need no number."),)


def _link(room: Room) -> Span:
    name = f"#{room.name}" if room.kind == CHANNEL else "Thread"
    text = words.cut(words.clean(f"{name} in {surface_name(room.surface)} ↗"), 60)
    return Span(text, url=http(room.url) or None, own=False)


def _notification(work: Work, scene: Scene, names: words.Names) -> Spans:
    i, lead = work.incident, work.war.who(LEAD)
    who = strange(f"{names(lead)} leads", 40) if lead else own("nobody leads yet")
    glyph = "✅" if i.status is _RESOLVED else words.GLYPH[i.severity]
    title = strange(f"#{i.id} {words.title(i.title, words.TITLE_SHORT)}", 70)
    return (
        own(f"{glyph} "), title, own(" · war room · "), who,
    )  # fmt: skip


# ---- what is said --------------------------------------------------------------------------------


def said(work: Work, scene: Scene, content: Mapping[str, Any]) -> Note | None:
    """Words in the room itself."""
    return spoken(work.incident, scene.definitions, scene.now, content)


def spoken(
    incident: Incident, known: Definitions, now: Instant, content: Mapping[str, Any]
) -> Note | None:
    """An update, its reminder, the end, what did not work; None for anything else."""
    match str(content.get("what", "")):
        case "update":
            return _update(content, now)
        case "update_due":
            return _due(incident, known, now, content)
        case "room_ended":
            return _ended(incident, known, content)
        case "trouble" | "room_trouble":
            return Note(((own("⚠️ "), strange(str(content["text"]), 500)),))
    return None


def _update(content: Mapping[str, Any], now: Instant) -> Note:
    """``Update by Ana (Slack): Writes are back.``, line by line as it was written."""
    by = f"Update by {content['author']} ({surface_name(str(content['surface']))}): "
    first, *rest = str(content["text"]).strip().splitlines()[:_UPDATE_LINES] or [""]
    who = Span(f"{words.cut(words.clean(by), 100)} ", bold=True, own=False)
    lines: list[Spans] = [(who, strange(first, _LINE))]
    lines += [(strange(line, _LINE),) for line in rest if line.strip()]
    if content.get("next") is not None:
        lines.append((own("Next update "), when(int(content["next"]), now, "in")))
    return Note(tuple(lines))


def _due(incident: Incident, known: Definitions, now: Instant, content: Mapping[str, Any]) -> Note:
    people = tuple(h for h in content.get("people", ()) if h in known.people)
    names = words.Names(known, people)
    since: Spans = (own(" since "), when(int(content["since"]), now))
    whom = separated([(Span(names(h), person=h, mention=True, own=False),) for h in people], " ")
    begin: Spans = (*whom, own(", an")) if whom else (own("An"),)
    if not content.get("first"):
        begin, whom = (own("Still no update; one"),), ()
        line: Spans = (*begin, own(" is due"), *since, own("."))
    else:
        line = (own("⏰ "), *begin, own(f" update on #{incident.id} is due."))
    press = Press(
        "Write update…", token("update", incident.id, incident.rev), primary=True,
        says=f"Write update, incident {incident.id}",
    )  # fmt: skip
    return Note((line,), people, quiet=not people, actions=(press,))


def _ended(incident: Incident, known: Definitions, content: Mapping[str, Any]) -> Note:
    by = str(content.get("by") or "")
    name = words.Names(known, (by,))(by) if by else ""
    head: Spans = (own("The war room is over."),)
    if name:
        head = strange(name, 40, bold=True), own(" ended the war room.")
    lines: list[Spans] = [(*head, own(" "), strange(str(content.get("kept", "")), 200))]
    text = str(content.get("text", "")).strip().splitlines()[:_UPDATE_LINES]
    lines += [(strange(line, _LINE),) for line in text if line.strip()]
    return Note(tuple(lines))


# ---- to one person -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class News:
    """What did not work about a room, for who asked for it."""

    room: Room
    incident: Incident
    lines: tuple[tuple[str, str], ...]


def read_news(tx: Tx, name: str) -> News | None:
    """``<room>:<instant>``: what the timeline says of that room at that instant."""
    number, _, at = name.partition(":")
    room = records.get(tx, int(number)) if number.isdecimal() and at.isdecimal() else None
    found = incidents.get(tx, room.incident_id) if room is not None else None
    if room is None or found is None:
        return None
    lines = [
        (e.say, e.why)
        for e in timeline.of_people(tx, found.id)
        if e.at == int(at) and e.kind == rooms.KIND and e.detail.get("room") == "trouble"
    ]
    return News(room, found, tuple(lines)) if lines else None


def news(it: News, scene: Scene) -> Card:
    """``⚠️ WAR ROOM · #1842 …``: what did not work, and what to do."""
    i = it.incident
    links = [_link(it.room)] if it.room.state == OPEN and http(it.room.url) else []
    links.append(Span("Open in console", url=scene.link(f"i/{i.id}")))
    return Card(
        id=i.id,
        rev=i.rev,
        color=words.NEWS,
        head=Head("⚠️", "WAR ROOM", i.id, words.title(i.title), scene.link(f"i/{i.id}")),
        state=State(separated([(strange(f"{say} {why}".strip(), 400),) for say, why in it.lines])),
        actions=Actions(()),
        fold=(Facts((separated([(link,) for link in links]),)),),
        notification=(own(f"⚠️ War room of #{i.id}: "), strange(it.lines[0][0], 120)),
        quiet=True,
    )


@dataclass(frozen=True, slots=True)
class Given:
    """A role that somebody was given."""

    role: str
    work: Work


def read_role(tx: Tx, name: str) -> Given | None:
    """``<incident>:<role>``."""
    number, _, role = name.partition(":")
    work = read(tx, number)
    return Given(role, work) if work is not None and role in ROLES else None


def role_card(it: Given, scene: Scene) -> Card:
    """``You are communications of #1842``, with what that asks for; later that it is another's."""
    i, war = it.work.incident, it.work.war
    holds = war.who(it.role) == scene.to
    title = rooms.TITLES[it.role]
    due: Spans = ()
    if it.role == COMMS and war.next_update is not None and holds:
        due = own("The next update is due "), when(war.next_update, scene.now, "in")
    asked = own(f"You are {title.casefold()}", bold=True)
    state = separated([(asked,), due]) if holds else (own("Somebody else has it now."),)
    links = [_link(room) for room in it.work.rooms if http(room.url)]
    links += [Span("Call ↗", url=url)] if (url := http(war.call)) else []
    rows = tuple((own(line),) for line in roles.INSTRUCTIONS[it.role]) if holds else ()
    blocks: list[Block] = [Rows(rows)] if rows else []
    if links:
        blocks.append(Facts((separated([(link,) for link in links]),)))
    says = f"Write update, incident {i.id}"
    write = Press("Write update…", token("update", i.id, i.rev), it.role == COMMS, says=says)
    note = Press("Note…", token("note", i.id, i.rev), says=f"Note, incident {i.id}")
    return Card(
        id=i.id,
        rev=war.rev,
        color=words.NEWS if holds else words.TAKEN,
        head=Head(
            words.GLYPH[i.severity], title.upper(), i.id, words.title(i.title),
            scene.link(f"i/{i.id}"),
        ),
        state=State(state),
        actions=Actions((note if it.role == SCRIBE else write,) if holds else ()),
        fold=tuple(blocks),
        notification=(
            own(f"{words.GLYPH[i.severity]} You are {title.casefold()} of "),
            strange(f"#{i.id} {words.title(i.title, words.TITLE_SHORT)}", 70),
        ),
        quiet=False,
    )  # fmt: skip


ABOUTS = {
    rooms.CARD: About(read, card, said=said),
    rooms.NEWS: About(read_news, news),
    roles.CARD: About(read_role, role_card),
}
