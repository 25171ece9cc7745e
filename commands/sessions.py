"""Who is signed in where: the verbs that show sessions and end them, and the one that signs in."""

from __future__ import annotations

from dataclasses import dataclass

from commands import notices
from commands.context import Ctx, Done, Offer, View
from commands.errors import Denied, Invalid, NotFound
from commands.registry import Button, arg, command, query
from commands.rules.browsers import called
from commands.rules.permission import may, why_not
from commands.rules.sessions import over
from commands.token_limits import whole_person
from commands.words import duration, surface_name
from store import sessions, signins, upkeep
from store.db import Tx
from store.model import Actor, Definitions, Person
from store.sessions import Session
from store.signins import CODE, LINK

FIRST_START = "first start"
MACHINE = "machine"
SELF, OTHERS_READ, OTHERS = "self", "access.read", "access.write"
_BOOTSTRAP = "signin.bootstrap"
_NEWS = "signin"


def known_admin(known: Definitions, person: Person) -> bool:
    """Whether somebody may let others in."""
    return may(person, OTHERS, known.roles) is not None


def bootstrap_is_over(ctx: Ctx, how: str) -> None:
    """An admin got in by another way than the link of the first start: it is printed no more."""
    if how not in (FIRST_START, MACHINE) and not upkeep.meta(ctx.tx, _BOOTSTRAP):
        upkeep.set_meta(ctx.tx, _BOOTSTRAP, how)


def wants_bootstrap(tx: Tx) -> bool:
    """Whether a start prints a link: as long as no admin got in by another way."""
    return not upkeep.meta(tx, _BOOTSTRAP)


# signing in


@dataclass(frozen=True, slots=True)
class SignInArgs:
    """Arguments of ``signin``."""

    code: str = arg(
        "word", "The code that the sign-in page shows; without one you get a link.", default=""
    )
    sure: bool = arg("flag", "That browser is mine: let it in.", default=False)
    refuse: bool = arg("flag", "That browser is not mine.", default=False)


@command("signin", group="access", permission=SELF, args=SignInArgs, example="signin K7QM-3XTP")
def sign_in(ctx: Ctx, args: SignInArgs) -> Done:
    """Get into the console: a link for you alone, or let the browser in that shows a code."""
    if ctx.actor.kind != "person" or ctx.actor.id not in ctx.definitions.people:
        raise Invalid("Only people sign in to the console; a token has the API.", "code")
    whole_person(ctx)
    if args.code:
        return _by_code(ctx, args)
    secret = signins.new_secret()
    signins.add(ctx.tx, ctx.now, LINK, secret, person=ctx.actor.id, how=ctx.actor.surface)
    say = (
        "Open this link in your browser within 10 minutes. It works once, there alone. "
        "Give it to nobody."
    )
    return Done(say, aloud=True, secret=f"{ctx.rules.url}/signin?link={secret}")


def _by_code(ctx: Ctx, args: SignInArgs) -> Done:
    code = "".join(c for c in args.code.upper() if c.isalnum())
    one = signins.find(ctx.tx, CODE, code)
    if one is None or not one.lives(ctx.now) or one.confirmed_at is not None:
        raise NotFound(
            "No browser waits with that code. A code works for 10 minutes; "
            "the sign-in page shows a new one."
        )
    where = f"{called(one.agent)} at {one.address or 'an unknown address'}"
    if args.refuse:
        signins.use(ctx.tx, one.id, ctx.now)
        return Done(f"Refused: {where} is not let in.", aloud=True)
    if not args.sure:
        asked = duration(max(ctx.now - one.created_at, 1_000))
        say = (
            f"{where[:1].upper()}{where[1:]} asked {asked} ago to be let in as you. Only say yes "
            f"if that browser is in front of you: whoever sits there acts in your name."
        )
        if ctx.actor.surface in ("cli", "api"):
            return Done(f"{say}\nIf it is: signin {args.code} --sure", aloud=True, asks=True)
        yes = Offer("Yes, let it in", f"do:signin?code={code}&sure=yes")
        no = Offer("Not me", f"do:signin?code={code}&refuse=yes")
        return Done(say, aloud=True, asks=True, offers=(yes, no))
    if not signins.confirm(ctx.tx, one, ctx.actor.id, ctx.now):
        raise NotFound("Somebody was sooner. Ask for a new code there.")
    return Done(f"Go on at that browser: {where} is let in as you.", aloud=True)


# who is in where


@dataclass(frozen=True, slots=True)
class SessionsArgs:
    """Arguments of ``sessions``."""

    person: str = arg("who", "Whose; yours by itself.", default="")


@query(
    "sessions", group="access", permission=SELF, args=SessionsArgs, audited=True, example="sessions"
)
async def show(view: View, args: SessionsArgs) -> list[str]:
    """Where you are signed in to the console, since when and how; an admin sees others' too."""
    handle = args.person or view.actor.id
    _allowed(view.actor, view.definitions, handle, OTHERS_READ)
    found = await view.read(lambda tx: sessions.of(tx, handle))
    rules = view.rules.sessions
    alive = [s for s in found if not over(rules, s.created_at, s.seen_at, s.expires_at, view.now)]
    if not alive:
        who = "You are" if handle == view.actor.id else f"{view.definitions.name_of(handle)} is"
        return [f"{who} signed in nowhere."]
    return [*(line(s, view.now) for s in alive), "End one: end-session <number>"]


def line(s: Session, now: int) -> str:
    """``3: Firefox on Linux at 203.0.113.7, by a link from Slack 2 h ago, last seen 1 min ago``."""
    ago, last = duration(max(now - s.created_at, 1_000)), duration(max(now - s.seen_at, 1_000))
    where = s.seen_from or s.address or "an unknown address"
    return f"{s.id}: {called(s.agent)} at {where}, {by(s.how)} {ago} ago, last seen {last} ago"


def by(how: str) -> str:
    """How somebody signed in, for people."""
    kind, _, name = how.partition(":")
    known = {
        FIRST_START: "by the link of the first start",
        MACHINE: "by a link made on the machine",
        "code": "by a code",
        "email": "by a link by e-mail",
    }
    if kind == "oidc":
        return f"with {name}"
    return known.get(how) or f"by a link from {surface_name(how)}"


@dataclass(frozen=True, slots=True)
class EndArgs:
    """Arguments of ``end-session``."""

    session: int = arg("noun", "The number of the session.", default=0)
    every: bool = arg("flag", "All of them.", default=False)
    but: int = arg("number", "All but the session of this number.", default=0)
    person: str = arg("who", "Whose; yours by itself.", default="")


@command(
    "end-session",
    group="access",
    permission=SELF,
    args=EndArgs,
    about="session",
    example="end-session 3",
    buttons=(Button("End that session", "session", ()),),
)
def end(ctx: Ctx, args: EndArgs) -> Done:
    """Sign a browser out of the console: one by its number, or every one."""
    if args.every:
        handle = args.person or ctx.actor.id
        _allowed(ctx.actor, ctx.definitions, handle, OTHERS)
        return _every(ctx, handle, args.but)
    found = sessions.get(ctx.tx, args.session) if args.session else None
    if args.session and (found is None or not _theirs(ctx, found)):
        raise NotFound(f"There is no session {args.session} of yours.")
    if found is None:
        raise Invalid("Which one? Its number is in: sessions", "session")
    if not _stop(ctx, found):
        return Done("That session is over already.", aloud=True)
    return Done(f"Session {found.id} is ended: {called(found.agent)} is signed out.", aloud=True)


def _theirs(ctx: Ctx, found: Session) -> bool:
    return found.person == ctx.actor.id or _is_allowed(ctx.actor, ctx.definitions, OTHERS)


def _every(ctx: Ctx, handle: str, but: int) -> Done:
    signins.take_back(ctx.tx, handle, LINK, ctx.now)
    ended = sum(_stop(ctx, s) for s in sessions.of(ctx.tx, handle) if s.id != but)
    many = "No session was" if not ended else "1 session was" if ended == 1 else f"{ended} were"
    return Done(f"{many} ended, and links that wait work no more.", aloud=True)


def _stop(ctx: Ctx, found: Session) -> bool:
    done = sessions.end(ctx.tx, found.id, ctx.now, f"by:{ctx.actor.id}")
    notices.stale(ctx, f"{_NEWS}:{found.id}")
    return done


def _is_allowed(actor: Actor, known: Definitions, permission: str) -> bool:
    return may(actor, permission, known.roles) is not None


def _allowed(actor: Actor, known: Definitions, handle: str, permission: str) -> None:
    """Denied where it is about somebody else and the actor may not."""
    if handle == actor.id or _is_allowed(actor, known, permission):
        return
    able = tuple(p.name for p in known.people.values() if may(p, permission, known.roles))[:5]
    raise Denied(why_not(actor.name, actor, permission, known.roles), permission, able)
