"""Pre-flight: whether somebody can be reached in their shift, to the team and to themselves; and a
group in chat that does not follow."""

from __future__ import annotations

from bot.cards import words
from bot.cards.buttons import token
from bot.cards.model import Actions, Block, Card, Facts, Head, Note, Press, Rows, Span, Spans, State
from bot.cards.scene import About, Scene
from bot.cards.view import own, separated, strange, when
from commands.groups import Trouble, trouble
from commands.registry import CATALOG
from commands.rules.oncall import at_instant
from commands.rules.oncall.readiness import GOOD, name_of
from store import handoffs
from store.db import Tx
from store.model import Severity
from store.model.handoff import Preflight, Problem

_WARNING = words.GLYPH[Severity.WARNING]


def read(tx: Tx, name: str) -> Preflight | None:
    """The pre-flight of a card: ``17``, or ``17.last`` for what its person is told."""
    number = name.partition(".")[0]
    found = handoffs.preflight(tx, int(number)) if number.isdecimal() else None
    return found if found is not None and found.checked_at is not None else None


def checked(check: Preflight, scene: Scene, name: str = "") -> Spans:
    """``pre-flight ✅ push, SMS tested 07:50``, or ``⚠️ SMS not verified``."""
    start = f"pre-flight of {name} " if name else "pre-flight "
    if check.checked_at is None:
        return (own(f"{start}not done yet"),)
    if check.problems:
        said = [_problem(p, scene) for p in check.problems[:2]]
        return own(f"{start}{_WARNING} "), *separated(said, ", ")
    names = words.join((name_of(w.via) for w in check.ways if w.state in GOOD), "and")
    tested = [w.at for w in check.ways if w.state == "tested" and w.at is not None]
    at = (own(" tested "), when(max(tested), scene.now)) if tested else ()
    return own(f"{start}✅ "), strange(names or "reachable", 80), *at


def _problem(problem: Problem, scene: Scene) -> Spans:
    at = (own(" "), when(problem.at, scene.now)) if problem.at is not None else ()
    return strange(problem.say, 200), *at


def _shift(it: Preflight, scene: Scene) -> Spans:
    """``db-primary, Mon 30 Nov 08:00 to Mon 7 Dec 08:00``."""
    return (strange(it.schedule, 60), own(", "), *_times(it, scene))


def _times(it: Preflight, scene: Scene) -> Spans:
    start: Spans = (when(it.at, scene.now, "date"),)
    return (*start, own(" to "), when(it.until, scene.now, "date")) if it.until else start


# ---- to the team ---------------------------------------------------------------------------------


def card(it: Preflight, scene: Scene) -> Card:
    """To the team where somebody else is needed; to the person what to do about it."""
    if scene.to == it.person:
        return mine(it, scene)
    instead = _instead(it, scene)
    names = words.Names(scene.definitions, (it.person, it.standin, *instead, *it.asked))
    fine, who = not it.serious, names(it.person)
    glyph = "✅" if fine else _WARNING
    said = f"{who} can be reached" if fine else f"{who} may not answer"
    if instead:
        said = f"{words.join(map(names, instead))} takes {who}'s shift"
    title = f"{it.schedule}: {said}"
    return Card(
        id=it.id,
        rev=it.rev,
        color=words.RESOLVED if fine else words.COLOR[Severity.WARNING],
        head=Head(glyph, "SHIFT", 0, words.clean(title), scene.link("oncall")),
        state=State(_state(it, scene)),
        actions=_actions(it, scene, names),
        fold=_fold(it, names),
        notification=(
            own(f"{glyph} "), strange(title, 80), own(" · "), when(it.at, scene.now, "date"),
        ),
    )  # fmt: skip


def _instead(it: Preflight, scene: Scene) -> tuple[str, ...]:
    """Who is on call then where the person is not any more."""
    schedule = scene.definitions.schedules.get(it.schedule)
    people = at_instant(schedule, it.at).people if schedule is not None else ()
    return () if it.person in people else people


def _state(it: Preflight, scene: Scene) -> Spans:
    return separated([_times(it, scene), *(_problem(p, scene) for p in it.problems if p.serious)])


def _actions(it: Preflight, scene: Scene, names: words.Names) -> Actions:
    if not it.serious or it.at <= scene.now or it.standin is None:
        return Actions(())
    label = words.cut(f"Ask {names(it.standin)} to cover", 40)
    return Actions((Press(label, token("ask-standin", it.id, it.rev), primary=not it.asked),))


def _fold(it: Preflight, names: words.Names) -> tuple[Block, ...]:
    if not it.serious:
        return ()
    asked = words.join(map(names, it.asked))
    were: Spans = (strange(f"Asked: {asked}", 100),) if asked else ()
    if it.standin is not None:
        how = " could take it too" if asked else " could take it"
        other: Spans = (strange(names(it.standin), 40), own(how))
    else:
        other = (own("nobody else could" if asked else "Nobody else of the team could"),)
    return (Facts((separated([were, other]),)),)


def said(it: Preflight, scene: Scene, content: dict[str, object]) -> Note | None:
    """Ten minutes before the shift it is still so."""
    if not it.serious:
        return None
    names = words.Names(scene.definitions, (it.person, it.standin))
    line: Spans = (own("Still so, and the shift begins "), when(it.at, scene.now, "in"), own("."))
    if it.standin is not None:
        line = (*line, own(" "), strange(names(it.standin), 40), own(" could take it."))
    return Note((line,), quiet=False)


# ---- to the person -------------------------------------------------------------------------------


def mine(it: Preflight, scene: Scene) -> Card:
    """``You are on call from Mon 08:00: SMS not verified``, with what to do."""
    fine = not it.problems
    problems = tuple(_problem(p, scene) for p in it.problems[:5])
    title = "You can be reached" if fine else "Something may keep pages from you"
    if instead := _instead(it, scene):
        title = f"{words.join(map(scene.definitions.name_of, instead))} takes your shift"
    test = Press("Test my pages", token("test-page", 0, 0), primary=True)
    can_test = not fine and "test-page" in CATALOG and any(_testable(p) for p in it.problems)
    return Card(
        id=it.id,
        rev=it.rev,
        color=words.RESOLVED if fine else words.COLOR[Severity.WARNING],
        head=Head("✅" if fine else _WARNING, "YOUR SHIFT", 0, words.clean(title),
                  scene.link("oncall")),
        state=State(_shift(it, scene)),
        actions=Actions((test,) if can_test else ()),
        fold=(Rows(tuple(_advised(p, scene) for p in it.problems[:5])),) if problems else (),
        notification=(
            own("✅ " if fine else f"{_WARNING} "), own("You are on call for "),
            strange(it.schedule, 40), own(" from "), when(it.at, scene.now, "date"),
            *((own(": "), *problems[0]) if problems else ()),
        ),
    )  # fmt: skip


_ADVICE = {
    "away": "Ask for cover, or take the time off back.",
    "unreachable": "Tell an admin a number or address, or link a chat account in the console.",
    "failing": "Check it, then press Test my pages.",
    "unverified": "Press Test my pages and answer on it.",
    "unlinked": "Press any button there once, or link it in the console.",
    "quiet": "Let PixelView through, or pages make no sound there.",
}


def _testable(problem: Problem) -> bool:
    return problem.code in {"unverified", "failing", "unreachable"}


def _advised(problem: Problem, scene: Scene) -> Spans:
    what = _problem(problem, scene)
    return *_capital(what), own(". "), own(_ADVICE.get(problem.code, ""))


def _capital(spans: Spans) -> Spans:
    first, *rest = spans
    text = first.text[:1].upper() + first.text[1:]
    return Span(text, own=first.own), *rest


# ---- a group that does not follow ----------------------------------------------------------------


def _trouble(tx: Tx, name: str) -> Trouble | None:
    return trouble(tx, name)


def group(it: Trouble, scene: Scene) -> Card:
    """``@oncall-db does not follow whoever is on call``, until it does again."""
    fine = not it.error
    name = it.group.rpartition(":")[2]
    name = name if name.startswith("@") else f"@{name}"
    title = f"{name} follows who is on call again" if fine else f"{name} does not follow"
    state: Spans = (
        (own("It holds whoever is on call for team "), strange(it.team, 60), own("."))
        if fine
        else (strange(it.error, 300), own(". Pages go out all the same."))
    )
    return Card(
        id=0,
        rev=1 if fine else 0,
        color=words.RESOLVED if fine else words.COLOR[Severity.WARNING],
        head=Head("✅" if fine else _WARNING, "GROUP", 0, words.clean(title),
                  scene.link("oncall")),
        state=State(state),
        actions=Actions(()),
        fold=(),
        notification=(own("✅ " if fine else f"{_WARNING} "), strange(title, 80)),
        quiet=True,
    )  # fmt: skip


PREFLIGHT = About(read, card, said=said)
GROUP = About(_trouble, group)
