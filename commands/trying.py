"""``test-card``: a card that only waits for a press, so that whoever connects a chat sees that
cards arrive and that presses come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from commands import notices
from commands.context import Ctx, Done
from commands.errors import Invalid, NotFound
from commands.registry import Button, arg, command
from commands.words import surface_name
from store import upkeep
from store.db import Tx
from store.model import Definitions, Instant

KIND = "testcard"
ACT, READ = "incident.act", "incident.read"
LAST = "test card"


@dataclass(frozen=True, slots=True)
class Trial:
    """One test; ``pressed`` says of each chat who pressed there first, and when."""

    id: int
    by: str
    at: Instant
    places: tuple[str, ...]
    pressed: Mapping[str, tuple[str, Instant]] = field(default_factory=dict)

    @property
    def chats(self) -> tuple[str, ...]:
        """The chats it was posted in."""
        return tuple(dict.fromkeys(place.partition(":")[0] for place in self.places))


@dataclass(frozen=True, slots=True)
class Where:
    """Arguments of ``test-card``."""

    channel: str = arg(
        "word", "A channel such as slack:#ops; every channel of the routes if left out.", default=""
    )


@dataclass(frozen=True, slots=True)
class Pressed:
    """Arguments of ``card-works``."""

    card: int = arg("noun", "The test.")


@command("test-card", group="admin", permission=ACT, args=Where, example="test-card slack:#ops")
def post_card(ctx: Ctx, args: Where) -> Done:
    """Post a card that only waits for a press, to see that a channel works."""
    places = (_place(args.channel),) if args.channel else channels(ctx.definitions)
    if not places:
        raise Invalid("No route has a channel. Name one: test-card slack:#ops", "channel")
    number = ctx.now // 1000
    _keep(ctx.tx, Trial(number, ctx.actor.id, ctx.now, places))
    notices.post(ctx, f"{KIND}:{number}", places)
    where = ", ".join(
        f"{p.partition(':')[2]} ({surface_name(p.partition(':')[0])})" for p in places
    )
    return Done(f"A test card is on its way to {where}. Press its button there.", aloud=True)


def _place(channel: str) -> str:
    surface, colon, name = channel.partition(":")
    if not colon or not surface or not name:
        raise Invalid(f"{channel} is no channel such as slack:#ops or discord:#ops.", "channel")
    return channel


def channels(known: Definitions) -> tuple[str, ...]:
    """Every channel that a route names."""
    return tuple(dict.fromkeys(place for route in known.routes for place in route.channels))


@command(
    "card-works", group="admin", permission="self", args=Pressed, about=KIND, listed=False,
    example="card-works 12", buttons=(Button("It works", "more", ()),),
)  # fmt: skip
def card_works(ctx: Ctx, args: Pressed) -> Done:
    """Say that a test card arrived, by pressing its button."""
    found = read(ctx.tx, str(args.card))
    if found is None:
        raise NotFound("That test card is not known any more. Post another: test-card")
    via = ctx.actor.surface
    if via not in found.pressed:
        pressed = {**found.pressed, via: (ctx.actor.id, ctx.now)}
        _keep(ctx.tx, Trial(found.id, found.by, found.at, found.places, pressed))
        notices.stale(ctx, f"{KIND}:{found.id}")
    return Done("The test card works here.")


def read(tx: Tx, number: str) -> Trial | None:
    """A test by its number; only the last one is kept."""
    found = last(tx)
    return found if found is not None and str(found.id) == number else None


def last(tx: Tx) -> Trial | None:
    """The last test card."""
    said = upkeep.words(tx, LAST)
    if said is None:
        return None
    pressed = {via: (who, at) for via, (who, at) in said["pressed"].items()}
    return Trial(said["id"], said["by"], said["at"], tuple(said["places"]), pressed)


def _keep(tx: Tx, card: Trial) -> None:
    said = {
        "id": card.id, "by": card.by, "at": card.at, "places": card.places,
        "pressed": dict(card.pressed),
    }  # fmt: skip
    upkeep.set_words(tx, LAST, said)
