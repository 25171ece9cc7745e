"""Saving views: ``view-save payments team=db critical group=service``; other names."""

from __future__ import annotations

from dataclasses import dataclass

from commands import rights, saved
from commands.context import Ctx, Done
from commands.errors import Conflict, Denied, Invalid, NotFound
from commands.registry import Button, arg, command
from commands.rules import lists
from commands.rules.filters import BadFilter
from store import views
from store.tables import CHANGES
from store.views import EVERYBODY, TEAM, SavedView

LONGEST, MOST = 40, 50
"""Characters of a name, and views of one owner."""
_WORDS = ("save", "remove", "rename", "first")
_SHARES = (("me", "Only you"), ("team", "Your team"), ("everybody", "Everybody"))


@dataclass(frozen=True, slots=True)
class Save:
    """Arguments of ``view-save``."""

    name: str = arg("name", "What to call it.")
    filter: str = arg("list", "What it shows, as for list: critical team=db group=service.")
    share: str = arg("choice", "Who sees it.", choices=_SHARES, default="me")


@command(
    "view-save", group="admin", permission="self", args=Save,
    example="view-save payments critical team=db group=service",
    buttons=(Button("Save view…", "more", ()),),
)  # fmt: skip
def save(ctx: Ctx, args: Save) -> Done:
    """Save a list under a name: yours, your team's or everybody's."""
    name = _name(args.name)
    owner = _owner(ctx, args.share)
    words = _checked(ctx, args.filter)
    there = views.named(ctx.tx, owner, name)
    if there is None and views.count(ctx.tx, owner) >= MOST:
        raise Conflict(f"There are {MOST} such views already. Remove one: view-remove <name>")
    if there is not None:
        _may_change(ctx, there)
    views.put(ctx.tx, ctx.now, owner, name, words, ctx.actor.id)
    _changed(ctx)
    did = "Changed" if there is not None else "Saved"
    return Done(f"{did}: {name}{_for(owner)}. See it: view {name}", aloud=True)


def _name(text: str, where: str = "name") -> str:
    name = " ".join("".join(c for c in text if c.isprintable()).replace('"', "").split())
    if not name or len(name) > LONGEST:
        raise Invalid(f"A view is called by 1 to {LONGEST} characters.", where)
    if name.casefold() in _WORDS:
        raise Invalid(f"A view can't be called {name}: view {name} is a command.", where)
    return name


def _owner(ctx: Ctx, share: str) -> str:
    """Who has a view; Denied where that is for others to say."""
    team = share.removeprefix(TEAM) if share.startswith(TEAM) else ""
    if share in ("", "me"):
        return ctx.actor.id
    if share in ("everybody", "all"):
        _needs(ctx, "incident.act")
        return EVERYBODY
    if share != "team" and not team:
        raise Invalid(f"{share} is not me, team or everybody.", "share")
    mine = saved.owners(ctx.definitions, ctx.actor)[1:-1]
    if share == "team" and len(mine) != 1:
        several = " or ".join(f"share={owner}" for owner in mine)
        say = f"Which team? {several}" if mine else "You are in no team. Try: share=everybody"
        raise Invalid(say, "share")
    if team and team not in ctx.definitions.teams:
        raise Invalid(f"There is no team {team}.", "share")
    if team and f"{TEAM}{team}" not in mine:
        _needs(ctx, "config.write")
    return f"{TEAM}{team}" if team else mine[0]


def _needs(ctx: Ctx, permission: str) -> None:
    if not rights.may(ctx.definitions, ctx.actor, permission):
        say = f"{ctx.actor.name} may save views for themselves, not for others."
        raise rights.denied(ctx.definitions, ctx.actor, permission, now=ctx.now, say=say)


def _checked(ctx: Ctx, text: str) -> str:
    """Words that a list understands."""
    person = ctx.definitions.people.get(ctx.actor.id)
    try:
        asked = lists.read(text, ctx.now, person.zone if person else "UTC")
    except BadFilter as error:
        raise Invalid(str(error), "filter") from None
    if asked.view:
        raise Invalid("A view can't be made of another view: write what it shows.", "filter")
    return asked.words or "open"


def _for(owner: str) -> str:
    if owner == EVERYBODY:
        return " for everybody"
    return f" for team {owner.removeprefix(TEAM)}" if owner.startswith(TEAM) else ""


def _changed(ctx: Ctx) -> None:
    """Every console draws its rail again."""
    ctx.tx.insert(CHANGES, [(ctx.tx.ids.next(ctx.now), 0, 0, ctx.now)])
    ctx.tx.changed.setdefault(0, 0)
    ctx.tx.wake.add("changes")


@dataclass(frozen=True, slots=True)
class Named:
    """Arguments of ``view-remove``."""

    name: str = arg("name", "The view.")
    share: str = arg("choice", "Whose it is.", choices=_SHARES, default="")


@command(
    "view-remove", group="admin", permission="self", args=Named, example="view-remove payments"
)
def remove(ctx: Ctx, args: Named) -> Done:
    """Forget a saved view."""
    there = _there(ctx, args.name, args.share)
    _may_change(ctx, there)
    views.remove(ctx.tx, there)
    _changed(ctx)
    say = f"Removed: {there.name}{_for(there.owner)}. It showed: {there.words}"
    return Done(say, aloud=True)


@dataclass(frozen=True, slots=True)
class Rename:
    """Arguments of ``view-rename``."""

    name: str = arg("name", "The view.")
    to: str = arg("name", "What to call it.")
    share: str = arg("choice", "Whose it is.", choices=_SHARES, default="")


@command(
    "view-rename", group="admin", permission="self", args=Rename,
    example="view-rename payments to billing",
    buttons=(Button("Rename view…", "more", ()),),
)  # fmt: skip
def rename(ctx: Ctx, args: Rename) -> Done:
    """Call a saved view otherwise."""
    there, name = _there(ctx, args.name, args.share), _name(args.to, "to")
    _may_change(ctx, there)
    taken = views.named(ctx.tx, there.owner, name)
    if taken is not None and taken.id != there.id:
        raise Conflict(f"There is a view {taken.name} already. Remove it first: view-remove {name}")
    views.rename(ctx.tx, ctx.now, there, name)
    _changed(ctx)
    return Done(f"{there.name} is called {name} now{_for(there.owner)}.", aloud=True)


@dataclass(frozen=True, slots=True)
class First:
    """Arguments of ``view-first``."""

    name: str = arg("name", "The view; nothing: everything that is open.", default="")


@command("view-first", group="admin", permission="self", args=First, example="view-first payments")
def first(ctx: Ctx, args: First) -> Done:
    """What your Now begins with in the console: a view, or everything."""
    if args.name.casefold() in ("", "none", "nothing", "everything", "all"):
        views.begin_with(ctx.tx, ctx.actor.id, None)
        say = "Your Now begins with everything that is open."
    else:
        there = _there(ctx, args.name, "")
        views.begin_with(ctx.tx, ctx.actor.id, there)
        say = f"Your Now begins with {there.name}. Back: view-first everything"
    _changed(ctx)
    return Done(say, aloud=True)


def _there(ctx: Ctx, name: str, share: str) -> SavedView:
    """The view somebody means: the first of that name they see, or the one of an owner."""
    whose = saved.owners(ctx.definitions, ctx.actor)
    if share == "team":
        whose = whose[1:-1]
    elif share:
        whose = (_owner(ctx, share),)
    found = saved.seen(ctx.tx, whose)
    there = saved.named(found, " ".join(name.replace('"', "").split()))
    if there is None:
        raise NotFound(saved.no_such(name, found))
    return there


def _may_change(ctx: Ctx, there: SavedView) -> None:
    """A view of everybody is changed by who saved it last, or by who may change settings; one of
    a team by its people too."""
    mine = ctx.actor.id in (there.owner, there.by)
    own_team = there.owner in saved.owners(ctx.definitions, ctx.actor)[1:-1]
    able = mine or own_team or rights.may(ctx.definitions, ctx.actor, "config.write")
    if not able:
        by = ctx.name_of(there.by)
        say = f"{there.name} was saved for everybody by {by}; save one of your own instead."
        raise Denied(say, "config.write", (by,))
