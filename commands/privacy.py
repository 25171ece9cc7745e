"""A person's own data: a copy of everything kept about them, and their erasure. Both are asked for
here and done in pieces beside everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from commands import approvals, forgetting, rights
from commands.about import find_person
from commands.context import Ctx, Done, Offer, View
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.linking import is_account
from commands.registry import CATALOG, arg, command, query
from commands.rules.references import users_of
from commands.told import Told
from store import definitions as rows
from store import identities, privacy, runs
from store.model import Actor, Definitions, Person
from store.model.privacy import ERASE, EXPORT, Job

SELF, WRITE = "self", forgetting.WRITE
KEEP, REMOVE = "keep", "remove"
CONFIRM = "erase-yes"
_MAIL = re.compile(r"[^\s@:]+@[^\s@:.]+(\.[^\s@:.]+)+")
ABOUT = forgetting.ABOUT
LISTED = 8


@dataclass(frozen=True, slots=True)
class Whom:
    """Arguments of ``privacy-export``."""

    who: str = arg(
        "word", "A person, an e-mail address or a chat account; without it yourself.", default=""
    )


@dataclass(frozen=True, slots=True)
class Erase:
    """Arguments of ``erase``."""

    who: str = arg("word", "A person, an e-mail address, or a chat account such as slack:U0ANA.")
    words: str = arg(
        "choice",
        "What becomes of the notes they wrote.",
        choices=((KEEP, "keep them, under a pseudonym"), (REMOVE, "take them back")),
        default=KEEP,
    )


@dataclass(frozen=True, slots=True)
class OneErasure:
    """Arguments of ``erase-yes``."""

    erasure: int = arg("noun", "The number of the erasure.")


@dataclass(frozen=True, slots=True)
class OneCopy:
    """Arguments of ``privacy-copy``."""

    copy: int = arg("number", "The number of the copy.")


@dataclass(frozen=True, slots=True)
class Nothing:
    """Arguments of ``privacy``: none."""


def may_write(known: Definitions, actor: Actor) -> bool:
    """Whether somebody may see and erase the data of others."""
    return rights.may(known, actor, WRITE) is not None


@command(
    "privacy-export", group="access", permission=SELF, args=Whom, example="privacy-export @ana"
)
def export(ctx: Ctx, args: Whom) -> Done:
    """Gather a copy of everything that is kept about you, or about somebody else."""
    person = ctx.definitions.people.get(ctx.actor.id) if ctx.actor.kind == "person" else None
    if not args.who and person is None:
        raise Invalid("Say whose data: a person, an address or an account.", "who")
    whom = _whom(ctx, args.who) if args.who else ctx.actor.id
    if whom != ctx.actor.id and not may_write(ctx.definitions, ctx.actor):
        say = f"{ctx.actor.name} may have a copy of their own data alone; this needs {WRITE}."
        raise Denied(say, WRITE, ())
    kept = {"whom": whom, "whole": may_write(ctx.definitions, ctx.actor)}
    job = privacy.begin(ctx.tx, ctx.now, EXPORT, ctx.actor.id, kept)
    forgetting.start(ctx, job)
    mine = whom == ctx.actor.id
    whose = "you" if mine else ctx.name_of(whom)
    where = f"{ctx.rules.url}/privacy" if ctx.rules.url else "/privacy"
    return Done(
        f"Gathering what is kept about {whose}, as number {job.id}. You are told when it is ready; "
        f"then it is at {where} for {forgetting.KEPT_DAYS} days.",
        aloud=True,
    )


@command("erase", group="access", permission=WRITE, args=Erase, example="erase @ana keep")
def erase(ctx: Ctx, args: Erase) -> Done:
    """Erase somebody's data: what is theirs goes, in what stays they become a pseudonym."""
    whom = _whom(ctx, args.who)
    person = ctx.definitions.people.get(whom)
    if against := list(_against(ctx, whom)):
        raise Conflict(f"{ctx.name_of(whom)} can't be erased yet: {'; '.join(against)}.")
    kept = {"whom": whom, "words": args.words}
    job = privacy.begin(ctx.tx, ctx.now, ERASE, ctx.actor.id, kept)
    gone = (
        "contacts, accounts, sessions, tokens, devices, calendars, time off and subscriptions go"
        if person else "subscriptions go"
    )  # fmt: skip
    notes = "their notes stay" if args.words == KEEP else "their notes are taken back"
    say = (
        f"This erases {whom} and can't be taken back: {gone}; in timelines, notes and cards they "
        f"become a pseudonym, {notes}; what the record says of them beyond who and when is erased. "
        "Backups made before keep them until they end. What was written in chats stays there."
    )
    offers = (Offer(f"Erase {whom}", f"cmd:erase-yes:{job.id}:1"),)
    more = f"\nTo do it: erase-yes {job.id}"
    return Done(say + more, aloud=True, offers=offers, asks=True)


@command(
    "erase-yes", group="access", permission=WRITE, args=OneErasure, example="erase-yes 3",
    listed=False, about=ABOUT,
)  # fmt: skip
def confirmed(ctx: Ctx, args: OneErasure) -> Done:
    """Do the erasure that was asked for."""
    job = privacy.get(ctx.tx, args.erasure)
    if job is None or job.kind != ERASE:
        raise NotFound(f"There is no erasure {args.erasure}.")
    if job.state != privacy.ASKED:
        raise Conflict(f"Erasure {job.id} is {'under way' if job.done_at is None else 'done'}.")
    if against := list(_against(ctx, job.whom)):
        raise Conflict(f"{ctx.name_of(job.whom)} can't be erased yet: {'; '.join(against)}.")
    if ctx.actor.id == job.whom:
        raise Conflict("Nobody takes what they did out of the record themselves: somebody else "
                       f"says yes, with erase-yes {job.id}.")  # fmt: skip
    if need := ctx.rules.second.get(CONFIRM):
        verb, says = CATALOG[CONFIRM], f"the erasure of @{job.whom}"
        waits = approvals.needed(ctx, verb, args, need, says)
        if waits is not None:
            return waits
    instead = f"erased-{job.id}"
    who = forgetting.who_is(ctx, job.whom, instead)
    forgetting.let_go(ctx, who)
    changes = _without(ctx.definitions, job.whom)
    if changes:
        ctx.define(changes)
    kept = {**job.kept, "instead": instead, "traces": forgetting.as_kept(who)}
    forgetting.start(ctx, replace(job, kept=kept))
    return Done(
        f"{job.whom} is erased and is called {instead} from now on. What was kept before is being "
        "rewritten; you are told when that is done.",
        aloud=True,
    )


def _whom(ctx: Ctx, said: str) -> str:
    """A handle, an e-mail address or ``slack:U0ANA``."""
    bare = said.strip().removeprefix("@")
    if bare in ctx.definitions.people:
        return bare
    if "@" in bare or ":" in bare:
        low = bare.casefold()
        mine = (p.handle for p in ctx.definitions.people.values() if _is_reached(p, low))
        linked = identities.whose_account(ctx.tx, *bare.split(":", 1)) if ":" in bare else None
        owner = linked.person if linked is not None else ""
        return next(mine, owner if owner in ctx.definitions.people else _outside(bare))
    return find_person(ctx, bare).handle


def _outside(bare: str) -> str:
    """An address or an account that is nobody's; no other word, since it is looked for in all
    that is kept, and erased there."""
    if not _MAIL.fullmatch(bare) and not is_account(bare):
        say = f"{bare}: an e-mail address or a chat account, such as slack:U0ANA."
        raise Invalid(say, "who")
    return bare


def _is_reached(person: Person, low: str) -> bool:
    surface, _, account = low.partition(":")
    contacts = {via: str(address).casefold() for via, address in person.contacts.items()}
    mail = (person.email or "").casefold()
    return low in (mail, contacts.get("email")) or (
        bool(account) and contacts.get(surface) == account
    )


# ---- what stands against it ----------------------------------------------------------------------


def _against(ctx: Ctx, whom: str) -> Iterator[str]:
    """Why somebody can't be erased yet, each with what to do first."""
    person = ctx.definitions.people.get(whom)
    if person is None:
        return
    if rows.is_of_file(ctx.tx, "person", whom):
        yield f"the settings file defines them: take people.{whom} out of it, then pv apply"
    admins = [h for h, p in ctx.definitions.people.items() if "admin" in p.roles]
    if admins == [whom]:
        yield "they are the only admin: make somebody else one first"
    if held := privacy.open_of(ctx.tx, whom):
        listed = ", ".join(f"#{number}" for number in held[:10])
        yield f"they have or are assigned {listed}: hand it over first"
    elif runs.asked(ctx.tx, whom):
        yield "they are being paged now: take what they are asked for first"
    yield from _used(ctx, whom)


def _used(ctx: Ctx, whom: str) -> Iterator[str]:
    """Where they are on call, or would be: what nobody may be missing from by accident."""
    known = ctx.definitions
    for used in users_of(known, "person", whom):
        kind, _, name = used.partition(" ")
        team = known.teams.get(name) if kind == "team" else None
        if team is not None and whom not in (team.oncall, team.lead, team.manager,
                                             *team.duties.values()):  # fmt: skip
            if rows.is_of_file(ctx.tx, "team", name):
                yield f"the settings file has them in teams.{name}.members: take them out there"
            continue
        where = " of the settings file" if rows.is_of_file(ctx.tx, kind, name) else ""
        yield f"{used}{where} names them: put somebody else there"
    for number, change in known.rota.items():
        if _to_come(change, whom, ctx.now):
            yield f"a change of {change.schedule} ({number}) puts them on call: undo {number}"


def _to_come(change: Any, whom: str, now: int) -> bool:
    said = rows.row_of(change)
    one = said["override"] or said["swap"] or said["temporary"]
    text = repr(one)
    ends = [v for k, v in _flat(one) if k in ("end", "until", "ends_at") and isinstance(v, int)]
    return f"'{whom}'" in text and (not ends or max(ends) > now)


def _flat(found: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield key, value
            yield from _flat(value)
    elif isinstance(found, list):
        for each in found:
            yield from _flat(each)


def _without(known: Definitions, whom: str) -> dict[rows.Key, rows.Row | None]:
    """The definitions without the person: they, their time off, their places in teams."""
    if whom not in known.people:
        return {}
    changes: dict[rows.Key, rows.Row | None] = {("person", whom): None}
    for away in known.away:
        if away.person == whom and away.id:
            changes[rows.AWAY, str(away.id)] = None
    for team in known.teams.values():
        if whom in team.members:
            members = tuple(m for m in team.members if m != whom)
            changes["team", team.name] = rows.row_of(replace(team, members=members))
    return changes


# ---- looking -----------------------------------------------------------------------------------


@query("privacy", group="access", permission=SELF, args=Nothing, example="privacy")
async def listed(view: View, args: Nothing) -> Told:
    """Copies of data and erasures: what was asked for, and how far it is."""
    every = may_write(view.definitions, view.actor)
    found = await view.read(privacy.recent)
    mine = [job for job in found if every or view.actor.id in (job.by, job.whom)]
    lines = tuple(in_words(job) for job in mine[:LISTED])
    facts = {
        "jobs": [
            {"id": j.id, "kind": j.kind, "state": j.state, "by": j.by, "whom": _shown(j),
             "at": j.at, "done_at": j.done_at, "rows": j.rows,
             "readable": j.state == privacy.DONE and _readable(view, j)}
            for j in mine[:50]
        ]
    }  # fmt: skip
    return Told(lines or ("Nobody asked for a copy of their data, or for an erasure.",), facts)


@query(
    "privacy-copy", group="access", permission=SELF, args=OneCopy, audited=True, listed=False,
    example="privacy-copy 3",
)  # fmt: skip
async def copied(view: View, args: OneCopy) -> Told:
    """The copy of data that was gathered under that number."""
    job = await view.read(lambda tx: privacy.get(tx, args.copy))
    if job is None or not _readable(view, job):
        raise NotFound(f"There is no copy {args.copy}.")
    if job.state != privacy.DONE:
        raise Conflict(f"Copy {job.id} is not ready yet.")
    kept = await view.read(lambda tx: list(privacy.parts(tx, job.id)))
    sections: dict[str, list[Any]] = {}
    for name, row in kept:
        sections.setdefault(name, []).append(row)
    facts = {"whom": job.whom, "made_at": job.done_at, "rows": job.rows, "kept": sections}
    counts = (f"{name}: {len(found)}" for name, found in sorted(sections.items()))
    return Told((f"What is kept about {job.whom}: {job.rows} rows.", *counts), facts)


def _readable(view: View, job: Job) -> bool:
    """Whether somebody may read a copy: their own; one that holds what is hidden from others needs
    the right to the data of others when it is read, too."""
    mine = job.by == view.actor.id and not job.kept.get("whole", True)
    return job.kind == EXPORT and (mine or may_write(view.definitions, view.actor))


def _shown(job: Job) -> str:
    """Whom a job is about: once it is done an erasure knows only the pseudonym."""
    return str(job.kept.get("instead") or job.whom)


def in_words(job: Job) -> str:
    """One of them in a line."""
    what = "copy of the data of" if job.kind == EXPORT else "erasure of"
    state = {privacy.ASKED: "asked for", privacy.RUNNING: "under way"}.get(job.state, "done")
    return f"{job.id} · {what} {_shown(job)} · {state} · {job.rows} rows"
