"""Forms for any verb, from the fields it declares; no surface and no form knows one verb."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from bot.cards import words
from bot.cards.buttons import plain, token
from bot.cards.model import Errors, Form, Input
from commands.about import ACT
from commands.registry import Field, Verb
from commands.rules.oncall.duty import duty
from commands.rules.permission import in_some_team
from store.model import Definitions, Incident, Person

Choices = tuple[tuple[str, str], ...]

TITLE = 24
LABEL = 75
_HINT = 150
_INTRO = 300
_KINDS = {
    "incident": "incident",
    "incidents": "text",
    "who": "person_or_team",
    "person": "person_or_team",
    "text": "long",
    "words": "text",
    "when": "when",
    "choice": "choice",
    "number": "text",
    "flag": "flag",
    "schedule": "choice",
    "duty": "person_or_team",
    "moment": "when",
    "range": "when",
}
_ABOUT = {
    "silence": "silence", "maintenance": "maintenance", "cover": "cover", "handoff": "handoff",
    "rota": "change", "noise": "report", "test": "test page", "room": "room", "saving": "finding",
    "execution": "run",
}  # fmt: skip
_UNNUMBERED = frozenset({"wish"})
"""What people never see a number of."""
_CALLED = {
    "schedule": "Schedule", "person": "Person", "who": "Person or team",
    "duty": "Team, schedule or person", "incident": "Incident", "incidents": "Incidents",
}  # fmt: skip
_NAMED_SO = {"into": "Into", "mine": "Your shift", "theirs": "Their shift"}
_SAYS_LITTLE = {
    "text", "reason", "to", "how", "by", "what", "name", "stays", "match", "every", "q", "which",
    "filter", "resume", "revoke", "all", "bare", "take", "now",
}  # fmt: skip
_CLAUSE = re.compile(r"[.;:,(]")
_LONGEST_CAPTION = 45
_STEP = "step"

Busy = Mapping[str, Collection[int]]


def form(
    verb: Verb,
    definitions: Definitions,
    *,
    now: int,
    incident: Incident | None = None,
    initial: Mapping[str, str] | None = None,
    busy: Busy | None = None,
    noun: tuple[int, int] = (0, 0),
    choices: Mapping[str, Choices] = {},
    hints: Mapping[str, str] = {},
) -> Form:
    """The verb's form. ``initial`` fills fields in, ``busy`` says who holds which incidents;
    ``noun`` is number and rev of what it is about, where that is no incident, ``choices`` what can
    be chosen there for a field, ``hints`` what stands below a field instead of its help."""
    label = _label(verb)
    number, rev = (incident.id, incident.rev) if incident else noun
    given = dict(initial or {})
    inputs = tuple(
        _input(
            field,
            definitions,
            now,
            incident,
            given.get(field.name, ""),
            busy,
            choices.get(field.name, ()),
            hints.get(field.name, field.help),
        )
        for field in asked(verb, incident, noun[0], given)
    )
    return Form(
        title=_title(verb, label, incident, noun[0]),
        token=token(verb.name, number, rev),
        inputs=inputs,
        submit=words.cut(label, TITLE),
        intro=_intro(verb, incident),
    )


def _label(verb: Verb) -> str:
    spoken = verb.name.replace("-", " ").capitalize()
    return words.clean(plain(verb.buttons[0].label) if verb.buttons else spoken)


def _title(verb: Verb, label: str, incident: Incident | None, noun: int) -> str:
    """What is done, and to what: ``Extend silence 17``, ``Assign #1842``."""
    about = _ABOUT.get(verb.about, "")
    noun = 0 if verb.about in _UNNUMBERED else noun
    about = "" if about in label.casefold() else about
    of = f"#{incident.id}" if incident else f"{about} {noun or ''}".strip()
    titles = (f"{label} {of}", f"{label} {noun or about}" if not incident else label, label)
    return next((t for t in map(str.strip, titles) if len(t) <= TITLE), words.cut(label, TITLE))


def asked(
    verb: Verb, incident: Incident | None, noun: int = 0, given: Mapping[str, str] = {}
) -> tuple[Field, ...]:
    """The fields a form asks for: not what it is about, nor what does not apply now. Where it is
    about what a filter says (``given``), no incident is asked for."""
    found = tuple(f for f in verb.fields if _applies(f, incident, noun))
    filtered = any(f.kind == "filter" and given.get(f.name) for f in found)
    return tuple(f for f in found if f.required or f.kind != "incident") if filtered else found


def _applies(field: Field, incident: Incident | None, noun: int) -> bool:
    if field.kind == "noun":
        return not noun
    if field.only_if == "typed":
        return False
    if field.only_if == "alone":
        return incident is None
    if field.only_if == "firing":
        return incident is None or incident.alerts_firing > 0
    return incident is None or field.name != "incident"


def begun(verb: Verb, given: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as a form's fields begin with them: steps are counted from 1 there."""
    numbers = {f.name for f in verb.fields if f.kind == "number"}
    return {
        k: str(int(v) + 1) if k == _STEP and k in numbers and v is not None else str(v)
        for k, v in given.items()
    }


def counted(verb: Verb, args: Mapping[str, Any]) -> dict[str, Any] | Errors:
    """What people filled in as a command takes it: steps are counted from 0 there."""
    step = str(args.get(_STEP, "")).strip()
    if not step.lstrip("-").isdecimal() or not any(f.name == _STEP for f in verb.fields):
        return dict(args)
    if int(step) < 1:
        return Errors({_STEP: "Steps are counted from 1."})
    return {**args, _STEP: int(step) - 1}


def choice_in(verb: Verb, values: Mapping[str, Any]) -> str | None:
    """The choice that a submitted form held; None where it asked for none."""
    return next((f.name for f in verb.fields if f.kind == "choice" and f.name in values), None)


def _input(
    field: Field,
    definitions: Definitions,
    now: int,
    incident: Incident | None,
    initial: str,
    busy: Busy | None,
    choices: Choices = (),
    hint: str = "",
) -> Input:
    kind = _KINDS.get(field.kind, "text")
    known = choices or field.choices
    if not known and field.kind in ("named", "word", "name"):
        known = named(field.name, definitions)
    if field.kind == "schedule":
        known = known or schedules(definitions)
        initial = _schedule_of(definitions, initial)
    options = tuple((value, words.cut(label, LABEL)) for value, label in known)
    closed = (kind == "text" and options) or (choices and kind != "incident")
    kind = "choice" if closed else kind
    if kind == "person_or_team":
        takes = ACT if field.kind == "who" and field.required else ""  # as assign asks
        team = incident.team if incident else None
        options = people(definitions, now, team=team, busy=busy, may=takes)
        options += teams(definitions, now) if field.kind in ("who", "duty") else ()
    chosen = kind == "choice" and (field.required or field.kind == "choice")
    only = kind == "incident" and field.required and len(options) == 1
    first = options[0][0] if options and (chosen or only) else ""
    default = str(field.default) if field.default not in (None, "", False) else first
    caption = _caption(field)
    below = "" if hint.rstrip(".") in (caption, "Why") else words.cut(hint, _HINT)
    return Input(field.name, caption, kind, field.required, options, initial or default, below)


def _caption(field: Field) -> str:
    """What stands above a field: what its help begins with, where its name says little."""
    called = _NAMED_SO.get(field.name) or _CALLED.get(field.kind, "")
    if field.label or called:
        return field.label or called
    clause = _CLAUSE.split(field.help, maxsplit=1)[0].strip()
    if field.name in _SAYS_LITTLE and clause[:1].isupper() and len(clause) <= _LONGEST_CAPTION:
        return "Reason" if clause == "Why" else clause
    return field.name.replace("_", " ").capitalize()


def named(name: str, definitions: Definitions) -> tuple[tuple[str, str], ...]:
    """What a word can name, by the name of its field; nothing where that is not known."""
    names = _NAMED.get(name)
    return tuple((n, words.clean(n)) for n in names(definitions)) if names else ()


_NAMED: Mapping[str, Callable[[Definitions], Collection[str]]] = {
    "team": lambda known: sorted(known.teams),
    "policy": lambda known: sorted(known.policies),
    "rule": lambda known: [r.name for r in known.alert_rules],
}


def _intro(verb: Verb, incident: Incident | None) -> str:
    """Above a form whose answer depends on what still fires, that it does."""
    if incident is None or not any(f.only_if == "firing" for f in asked(verb, incident)):
        return ""
    firing, total = incident.alerts_firing, incident.alerts_total
    many = f"{firing} of {words.count(total, 'alert')}" if total > 1 else "The alert"
    fires = "still fires" if firing == 1 else "still fire"
    value = words.clean(incident.value)
    said = f"{many} {fires}" + (f": {words.cut(value, 140)}" if value else "")
    return words.cut(f"{said}. Resolved now, it comes back when it fires again.", _INTRO)


def schedules(definitions: Definitions) -> tuple[tuple[str, str], ...]:
    """Every schedule, with the teams whose duty it holds."""
    held: dict[str, list[str]] = {}
    for name, team in sorted(definitions.teams.items()):
        held.setdefault((team.oncall or "").removeprefix("schedule:"), []).append(name)
    return tuple(
        (n, words.clean(f"{n} (team {', '.join(held[n])})" if n in held else n))
        for n in sorted(definitions.schedules)
    )


def _schedule_of(definitions: Definitions, named: str) -> str:
    """The schedule that a word names: itself, or the one that holds that team's duty."""
    name = named.partition(":")[2] or named
    team = definitions.teams.get(name)
    return (
        name
        if name in definitions.schedules or team is None
        else ((team.oncall or "").removeprefix("schedule:"))
    )


def people(
    definitions: Definitions,
    now: int,
    *,
    team: str | None = None,
    busy: Busy | None = None,
    may: str = "",
) -> tuple[tuple[str, str], ...]:
    """Everybody who can be chosen: on call first, one's own team before others, then by name.
    ``may`` is a permission that is needed for it."""
    held = {
        on.person: t.name for t in definitions.teams.values() for on in duty(definitions, t, now)
    }
    own = definitions.teams.get(team or "")
    members = set(own.members) if own else set()
    mine = {on.person for on in duty(definitions, own, now)}

    def order(p: Person) -> tuple[bool, bool, bool, str]:
        first = (p.handle not in mine, p.handle not in held, p.handle not in members)
        return (*first, p.name.casefold())

    people, custom = definitions.people.values(), definitions.roles
    able = (p for p in people if not may or in_some_team(p, may, custom))
    ranked = sorted(able, key=order)
    return tuple((p.handle, _person(p, held.get(p.handle), now, busy)) for p in ranked)


def _person(person: Person, team: str | None, now: int, busy: Busy | None) -> str:
    """``Ana Petrova (on call for db, free, 03:14 there)``."""
    parts = [f"on call for {team}"] if team else []
    if busy is not None:
        held = sorted(busy.get(person.handle, ()))
        parts.append(
            f"has #{held[0]}" if len(held) == 1 else f"has {len(held)}" if held else "free"
        )
    there = f"{words.bare_clock(now, person.zone)} there"
    name = words.cut(words.clean(person.name), 40)
    return words.cut(f"{name} ({', '.join([*parts, there])})", LABEL)


def teams(definitions: Definitions, now: int) -> tuple[tuple[str, str], ...]:
    """Teams that can be asked, with the person who then is."""
    names = words.short_names(definitions.people.values())
    return tuple(_teams(definitions, names, now))


def _teams(
    definitions: Definitions, names: Mapping[str, str], now: int
) -> Iterator[tuple[str, str]]:
    for name, team in sorted(definitions.teams.items()):
        asked = next((on.person for on in duty(definitions, team, now)), team.lead or "")
        who = names.get(asked)
        asks = f" (asks {who})" if who else " (nobody on call)"
        yield f"team:{name}", words.cut(f"Team {words.clean(name)}{asks}", LABEL)


def arguments(
    verb: Verb, values: Mapping[str, Any], incident: Incident | None = None, *, noun: int = 0
) -> dict[str, Any] | Errors:
    """A form's values as the command's arguments, or what is wrong at which field."""
    args: dict[str, Any] = {"incident": incident.id} if incident is not None else {}
    if noun and verb.noun:
        args[verb.noun] = noun
    errors: dict[str, str] = {}
    for field in asked(verb, incident, noun):
        value = _value(field, values.get(field.name))
        if value is not None:
            args[field.name] = value
        elif field.required:
            errors[field.name] = f"{_caption(field)} is needed. {field.help}"
    return Errors(errors) if errors else counted(verb, args)


def _value(field: Field, value: Any) -> Any:
    """None where nothing was filled in; the command itself reads the rest."""
    if field.kind == "flag":
        return _flag(value)
    if isinstance(value, (list, tuple)):
        value = ",".join(str(v) for v in value)
    return str(value).strip() or None if value is not None else None


def _flag(value: Any) -> bool:
    return value is True or str(value).casefold() in {"true", "1", "yes", "on"}
