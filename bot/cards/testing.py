"""The card of a test page: one line a contact, whether it rang and whether an answer came."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Head, Press, Rows, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.testing import RESULT, silent
from commands.words import headed, surface_name
from store import page_tests
from store.db import Tx
from store.model import MINUTE, Severity
from store.page_tests import KIND, PATIENCE, PageTest, Way

VERB = "it-works"
_ROWS = 5
_MINUTES = PATIENCE // MINUTE


def read(tx: Tx, number: str) -> PageTest | None:
    """A test by its number."""
    return page_tests.get(tx, int(number)) if number.isdecimal() and len(number) < 20 else None


def rings(test: PageTest, scene: Scene) -> Card:
    """What rings: a test, how to answer it here, and what the other contacts did."""
    if test.over:
        return result(test, scene)
    name = scene.definitions.name_of(test.person)
    asker = () if test.by == test.person else (strange(scene.definitions.name_of(test.by), 60),)
    return Card(
        id=test.id, rev=0, color=words.COLOR[Severity.INFO],
        head=_head(scene, name),
        state=State((
            own("Nothing is wrong. Say that it arrived, here and wherever else it rings."),
            *((own(" "), *asker, own(" asked for it.")) if asker else ()),
        )),
        actions=Actions((Press("It works", token(VERB, test.id, 0), primary=True,
                               says="It works: this contact of mine rang"),)),
        fold=_rows(test, scene),
        notification=(own("☎️ Test page, nothing is wrong · say that it arrived"),),
    )  # fmt: skip


def result(test: PageTest, scene: Scene) -> Card:
    """How it went: which contacts work, which stayed silent, and what to do about it."""
    quiet, mine = silent(test), scene.to == test.person
    name = scene.definitions.name_of(test.person)
    said = _said(test, quiet, mine=mine)
    whose: Spans = (own("Your test page"),) if mine else (own("Test page of "), strange(name, 40))
    return Card(
        id=test.id, rev=1, color=words.COLOR[Severity.WARNING] if quiet else words.RESOLVED,
        head=_head(scene, name),
        state=State((own(said),)),
        actions=Actions(()),
        fold=_rows(test, scene),
        notification=(own("☎️ "), *whose, own(f" · {said}")),
        quiet=True,
    )  # fmt: skip


def _head(scene: Scene, name: str) -> Head:
    return Head("☎️", "TEST PAGE", 0, f"to {words.cut(words.clean(name), 40)}", scene.link("me"))


def _said(test: PageTest, quiet: list[str], *, mine: bool) -> str:
    if not quiet:
        number = len(test.ways)
        return {1: "The only contact works.", 2: "Both contacts work."}.get(
            number, f"All {number} contacts work."
        )
    refused = [way.via for way in test.ways if way.state == "refused"]
    parts = [
        f"{_names([v for v in quiet if v not in refused])} stayed silent for {_MINUTES} min",
        f"{_names(refused)} {'was' if len(refused) == 1 else 'were'} refused",
    ]
    said = "; ".join(part for part in parts if not part.startswith(" "))
    them, whose = "it" if len(quiet) == 1 else "them", "your" if mine else "the"
    return f"{said}. Look at {them} before {whose} next shift."


def _names(vias: list[str]) -> str:
    return words.join([headed(vias[0]), *map(surface_name, vias[1:])]) if vias else ""


def _rows(test: PageTest, scene: Scene) -> tuple[Block, ...]:
    lines = [_line(way, test, scene) for way in test.ways]
    return tuple(Rows(tuple(lines[i : i + _ROWS])) for i in range(0, min(len(lines), 20), _ROWS))


def _line(way: Way, test: PageTest, scene: Scene) -> Spans:
    named = headed(way.via)
    at = (when(way.at, scene.now),) if way.at is not None else ()
    match way.state:
        case "works":
            return separated([(own(f"✅ {named} works"),), at])
        case "refused":
            why: Spans = (strange(way.error, 120),) if way.error else ()
            return separated([(own(f"⚠️ {named} was refused"),), why])
        case "rung" if test.over:
            return separated([(own(f"⚠️ {named} stayed silent"),), (own("rung "), *at)])
        case "rung":
            return separated([(own(f"{named} rang"),), at])
    return (own(f"⚠️ {named} was not sent"),) if test.over else (own(f"{named} is being sent"),)


TEST = About(read, rings, answer=VERB, loud=True)
ABOUTS = {KIND: TEST, RESULT: About(read, result)}
