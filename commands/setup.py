"""``setup``: the first ten minutes in steps: what is done, and what to press or type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from commands import trying
from commands.context import Offer, View
from commands.registry import query
from commands.rules.oncall.duty import duty, schedule_of
from commands.told import Told
from commands.trying import Trial
from commands.words import headed, surface_name
from store import access, page_tests
from store.db import Tx
from store.model import DAY
from store.page_tests import PageTest

AGAIN = 90 * DAY
"""So long a test of one's pages counts."""


@dataclass(frozen=True, slots=True)
class Setup:
    """``setup`` needs nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``says`` how it stands, ``todo`` what to do where it is not done, ``verb`` the
    command that does it (with a ``label`` for its button)."""

    key: str
    title: str
    done: bool
    says: str
    todo: str = ""
    verb: str = ""
    label: str = ""


@query("setup", group="admin", permission="incident.read", args=Setup, example="setup")
async def setup(view: View, args: Setup) -> Told:
    """The first steps: connect a chat, see a card, be known, a schedule, a test page."""
    found = await steps(view)
    left = [s for s in found if not s.done]
    lines = [_line(number, step) for number, step in enumerate(found, 1)]
    end = "All five steps are done." if not left else f"Next: {left[0].title.lower()}."
    offers = tuple(Offer(s.label, f"cmd:{s.verb}:0:0") for s in left if s.verb)
    facts = {"steps": [_facts(s) for s in found], "done": not left}
    return Told((*lines, end), facts, not left, offers[:3])


def _line(number: int, step: Step) -> str:
    mark = "✅" if step.done else "○"
    todo = f" {step.todo}" if step.todo and not step.done else ""
    return f"{mark} {number} {step.title}: {step.says}{todo}"


def _facts(step: Step) -> dict[str, Any]:
    return {
        "key": step.key, "title": step.title, "done": step.done, "says": step.says,
        "todo": step.todo, "verb": step.verb, "label": step.label,
    }  # fmt: skip


async def steps(view: View) -> list[Step]:
    """The five steps as they stand for whoever asks."""
    chats = view.chats() if view.chats is not None else ()

    def look(tx: Tx) -> tuple[Trial | None, list[str], PageTest | None]:
        me = view.actor.id
        linked = access.surfaces_of(tx, me)
        return trying.last(tx), linked, page_tests.newest(tx, me, view.now - AGAIN)

    card, linked, test = await view.read(look)
    return [
        _connected(chats),
        _seen(card, bool(chats)),
        _known(view, [name for name, ok, _ in chats if ok], linked),
        _schedule(view),
        _rung(view, test),
    ]


def _connected(chats: Sequence[tuple[str, bool, str]]) -> Step:
    well = [surface_name(name) for name, ok, _ in chats if ok]
    bad = [words for _, ok, words in chats if not ok]
    says = f"{' and '.join(well)} {'is' if len(well) == 1 else 'are'} connected." if well else (
        "" if bad else "no chat is set up yet."
    )  # fmt: skip
    says = " ".join([says, *(f"{w}." for w in bad[:2])]).strip()
    todo = (
        "python -m bot slack manifest prints the app to make in Slack; put the tokens of slack: or "
        "discord: into pixelview.yaml and start again."
    )
    return Step("connect", "Connect a chat", bool(well), says, todo)


def _seen(card: Trial | None, chat: bool) -> Step:
    verb, label = ("test-card", "Post a test card") if chat else ("", "")
    if card is None:
        return Step(
            "card", "See a card", False, "none was posted yet.", "Type test-card.", verb, label
        )
    done = bool(card.pressed)
    where = ", ".join(surface_name(via) for via in card.pressed)
    says = f"pressed in {where}." if done else "posted, nobody pressed it yet."
    todo = "Press its button, or invite the bot to the channel and type test-card again."
    return Step("card", "See a card", done, says, todo, verb, label)


def _known(view: View, chats: list[str], linked: list[str]) -> Step:
    person = view.definitions.people.get(view.actor.id)
    if person is None:
        return Step("link", "Be known", False, "you are nobody in the settings yet.",
                    "An admin adds you: edit person <handle>")  # fmt: skip
    named = set(person.contacts)
    by_mail = view.rules.by_email if person.email else frozenset()
    missing = [c for c in chats if c not in {*named, *linked, *by_mail}]
    if missing:
        where = " and ".join(map(surface_name, missing))
        return Step("link", "Be known", False, f"{where} does not know you.",
                    "Press any button there and follow the link you are shown.")  # fmt: skip
    says = f"you are {person.name}" + (f" in {' and '.join(map(headed, chats))}." if chats else ".")
    return Step("link", "Be known", True, says)


def _schedule(view: View) -> Step:
    known, verb = view.definitions, "new-schedule"
    held = [t for t in known.teams.values() if schedule_of(known, t) is not None]
    on = [(t.name, duty(known, t, view.now)) for t in held]
    good = [(name, people[0].person) for name, people in on if people]
    if good:
        name, who = good[0]
        says = f"{known.name_of(who)} is on call for {name}."
        return Step("schedule", "A first schedule", True, says)
    says = "nobody is on call in it now." if held else "no team is asked through a schedule yet."
    return Step("schedule", "A first schedule", False, says,
                "Type new-schedule db ana omar weekly mon.", verb, "New schedule…")  # fmt: skip


def _rung(view: View, test: PageTest | None) -> Step:
    works = list(_working(test))
    if works:
        return Step("page", "A test page", True, f"you answered by {', '.join(works)}.")
    says = "yours was sent, and no answer came yet." if test else "you have not rung yourself yet."
    return Step("page", "A test page", False, says, "Type test-page.", "test-page", "Test my pages")


def _working(test: PageTest | None) -> Iterator[str]:
    for way in test.ways if test is not None else ():
        if way.state == "works":
            yield surface_name(way.via)
