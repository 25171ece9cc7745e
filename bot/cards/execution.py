"""What is run, and what came of it (cards 15 and 16): in the threads of its incident, and for who
had it run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.cards import words
from bot.cards.model import Actions, Card, Confirm, Facts, Head, Output, Press, Rows, Span, Spans
from bot.cards.model import Block as Fold
from bot.cards.model import State as Line
from bot.cards.scene import About, Scene
from bot.cards.steps import failed_at, progress, rows
from bot.cards.view import own, separated, strange, when
from bot.tokens import ask_token, run_token
from commands.words import duration
from store import executions, incidents
from store.db import Tx
from store.executions import (
    ASKED,
    CANCELED,
    CANCELING,
    DONE,
    FAILED,
    RUNNING,
    TAIL,
    WAITING,
    Execution,
)
from store.model import Incident, IncidentStatus, Severity

_HEAD = {
    ASKED: ("▶️", "STARTING"), RUNNING: ("▶️", "RUNNING"), WAITING: ("▶️", "WAITING"),
    CANCELING: ("▶️", "CANCELING"), DONE: ("✅", "DONE"), FAILED: ("❌", "FAILED"),
    CANCELED: ("⏹️", "CANCELED"),
}  # fmt: skip
_IS = {
    CANCELED: "was canceled", ASKED: "starts", WAITING: "waits for an answer", RUNNING: "runs",
    CANCELING: "is canceled",
}  # fmt: skip
WORD = {state: word.lower() for state, (_, word) in _HEAD.items()}
NO_ANSWER = ("❔", "NO ANSWER")
_WIDE, _LONG = 110, 900


@dataclass(frozen=True, slots=True)
class Run:
    """An execution, and the incident it is about, where the reader may see that."""

    one: Execution
    incident: Incident | None = None


def read(tx: Tx, number: str) -> Run | None:
    """An execution by its number; None where its incident is hidden from those who read there."""
    one = executions.get(tx, int(number)) if number.isdecimal() and len(number) < 16 else None
    if one is None or not one.incident_id:
        return Run(one) if one is not None else None
    incident = incidents.get(tx, one.incident_id)
    return Run(one, incident) if incident is not None else None


def card(run: Run, scene: Scene) -> Card:
    """``▶️ RUNNING · rotate-wal host=db-3 for #1842``, ``✅ DONE · rotate-wal host=db-3``."""
    one = run.one
    glyph, named = NO_ANSWER if lost(one) else _HEAD.get(one.state, NO_ANSWER)
    far = f" for #{one.incident_id}" if one.incident_id and scene.to else ""
    dry = "dry run of " if one.dry else ""
    says = words.title(f"{dry}{one.says}", words.TITLE - len(far))
    return Card(
        id=one.id, rev=1, color=_color(one),
        head=Head(glyph, named, 0, says + far, _page(one, scene)),
        state=Line(_state(one, scene)), actions=_presses(run), fold=tuple(_fold(one, scene)),
        notification=_notification(one, glyph), quiet=one.state != FAILED and scene.to != one.by,
    )  # fmt: skip


def word(one: Execution) -> str:
    """How it stands, in one word."""
    return _HEAD.get(one.state, NO_ANSWER)[1]


def lost(one: Execution) -> bool:
    """Whether what runs it does not answer just now."""
    return not one.over and one.lost_at is not None


def _page(one: Execution, scene: Scene) -> str:
    return scene.link(f"runs/{one.id}")


def _color(one: Execution) -> int:
    if one.state == FAILED:
        return words.COLOR[Severity.ERROR]
    if one.state == DONE:
        return words.RESOLVED
    return words.NEWS if not one.over and not lost(one) else words.ASIDE


# line 2


def _state(one: Execution, scene: Scene) -> Spans:
    if lost(one):
        return _no_answer(one, scene)
    return separated([*(_outcome(one) if one.over else _under_way(one, scene)), who(one, scene)])


def _no_answer(one: Execution, scene: Scene) -> Spans:
    """``st2 has not answered since 03:20. The run may go on …``."""
    name = strange(one.system or one.action, 40)
    begun = "The run may go on. It is looked for again every 30 s and is not started twice."
    first = "It was not started yet and is tried again."
    goes = begun if one.remote or one.extra.get("posted") else first
    since = when(one.lost_at or scene.now, scene.now)
    return (name, own(" has not answered since "), since, own(f". {goes}"))


def _under_way(one: Execution, scene: Scene) -> list[Spans]:
    since: Spans = (own("since "), when(one.began_at or one.asked_at, scene.now, "since"))
    wants: Spans = (own("waits for an answer"),) if one.state == WAITING else ()
    ends: Spans = (own("asked to stop"),) if one.state == CANCELING else ()
    at = progress(one.steps)
    return [since, (own(at),) if at else (), wants, ends]


def _outcome(one: Execution) -> list[Spans]:
    """``52 s``, ``freed 612 GB``; ``exit 1 at step 2 "archive": No space left on device``."""
    took = _took(one)
    if one.state == FAILED:
        return [_failure(one), (own(f"took {took}"),) if took else ()]
    said = _first(one.outcome)
    return [(own(took),) if took else (), (strange(said, _WIDE),) if said else ()]


def _failure(one: Execution) -> Spans:
    where = failed_at(one.steps)
    code: Spans = (strange(one.code, 30),) if one.code else ()
    at: Spans = ()
    if where is not None:
        at = (own(f'{" at" if code else "at"} step {where[0]} "'), strange(where[1], 40), own('"'))
    said = _first(one.outcome)
    said = said.removeprefix(f"{one.code}: ") if one.code else said
    if not said or said == one.code:
        return code + at
    return (*code, *at, *((own(": "),) if code or at else ()), strange(said, _WIDE))


def _took(one: Execution) -> str:
    if one.ended_at is None or one.began_at is None:
        return ""
    return duration(max(one.ended_at - one.began_at, 0))


def _first(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def who(one: Execution, scene: Scene) -> Spans:
    """``asked by Ana, approved by Omar``; whoever or whatever had it run."""
    name = scene.definitions.name_of
    if one.elsewhere:
        by: Spans = (own("started there"),)
        by = (*by, own(" by "), strange(one.by, 40)) if one.by else by
    elif one.automation:
        by = (own("automation "), strange(one.automation, 40))
    else:
        by = (own("asked by "), strange(name(one.by), 40)) if one.by else ()
    second: Spans = (own("approved by "), strange(name(one.approved_by), 40))
    return separated([by, second if one.approved_by else ()], ", ")


# buttons


def _presses(run: Run) -> Actions:
    one = run.one
    if not one.over:
        stops = one.via != "resource" or one.state == ASKED
        cancel = (_press(one, "Cancel…", f"cmd:cancel-run:{one.id}:1", confirm=stop(one)),)
        return Actions((*(cancel if stops and one.state != CANCELING else ()), *_output(one)))
    if one.elsewhere:
        return Actions(_output(one))
    if one.state == DONE and one.dry:
        return Actions((*_again(one, "Run it…", primary=True), *_output(one)))
    if one.state == DONE:
        return Actions((*_again(one, "Run again…"), *_output(one), *_undo(one)))
    primary = one.state == FAILED
    changes = _again(one, "Run with changes…", primary=primary)
    return Actions((*changes, *_output(one), *_undo(one), *_escalate(run)))


def _press(one: Execution, label: str, token: str, **more: Any) -> Press:
    says = f"{label.rstrip('…')} of run {one.id}, {words.cut(words.clean(one.says), 50)}"
    return Press(label, token, says=says, **more)


def _again(one: Execution, label: str, *, primary: bool = False) -> tuple[Press, ...]:
    about = {"incident": one.incident_id, "again": one.id, "action": one.action}
    return (_press(one, label, ask_token("run", about), primary=primary),)


def _undo(one: Execution) -> tuple[Press, ...]:
    if not one.undo or one.dry:
        return ()
    about = {"incident": one.incident_id, "again": one.id, "action": one.undo}
    return (_press(one, "Undo…", ask_token("run", about)),)


def _output(one: Execution) -> tuple[Press, ...]:
    printed = one.via != "resource" and one.state != ASKED
    token = run_token("output", {"execution": one.id})
    return (_press(one, "Full output", token),) if printed else ()


def _escalate(run: Run) -> tuple[Press, ...]:
    i = run.incident
    if run.one.state != FAILED or i is None or i.status is IncidentStatus.RESOLVED:
        return ()
    text = "Whoever comes next in its policy is paged now."
    asks = Confirm(f"Escalate #{i.id}?", text, yes="Escalate")
    token, says = f"cmd:escalate:{i.id}:{i.rev}", f"Escalate incident {i.id}"
    return (Press("Escalate", token, confirm=asks, says=says),)


def stop(one: Execution) -> Confirm:
    """What is asked before it is canceled."""
    says = words.cut(words.clean(one.says), 60)
    text = "What it did so far is not taken back." if one.state != ASKED else "It has not begun."
    return Confirm(f"Cancel {says}?", text, yes="Cancel it", no="Let it run")


def question(run: Run, scene: Scene, verb: str) -> Confirm | None:
    """Only an end that somebody wants is asked for twice."""
    return stop(run.one) if verb == "cancel-run" else None


# below the buttons


def _fold(one: Execution, scene: Scene) -> Iterator[Fold]:
    if steps := rows(one.steps, scene.now):
        yield Rows(steps)
    lines = [words.lines(line) for line in one.tail[-TAIL:]]
    if not lines and one.over and "\n" in one.outcome.strip():
        lines = words.lines(one.outcome).splitlines()[:TAIL]
    if text := "\n".join(words.cut(line, 120) for line in lines).strip("\n"):
        yield Output(text[-_LONG:])
    if facts := separated(list(_facts(one, scene))):
        yield Facts((facts,))


def _facts(one: Execution, scene: Scene) -> Iterator[Spans]:
    if not one.over and one.deadline_at is not None:
        yield own("ends by itself "), when(one.deadline_at, scene.now, "in")
    if one.again_of:
        yield (
            own("again after "),
            Span(f"run {one.again_of}", url=scene.link(f"runs/{one.again_of}")),
        )
    if one.why and (one.automation or not one.by):
        yield own("why: "), strange(one.why, 90)
    if one.url.startswith(("https://", "http://")):
        yield (Span(f"{words.cut(words.clean(one.system), 30) or 'Its system'} ↗", url=one.url),)


def _notification(one: Execution, glyph: str) -> Spans:
    """``❌ #1842 rotate-wal failed at step 2: No space left on device``."""
    number = f"#{one.incident_id} " if one.incident_id else ""
    begin = own(f"{glyph} {number}")
    name = strange(one.action, 48)
    if lost(one):
        return begin, name, own(": "), strange(one.system, 30), own(" does not answer")
    if one.state == FAILED:
        at = failed_at(one.steps)
        where = f" failed at step {at[0]}" if at else " failed"
        said = _first(one.outcome) or one.code
        return begin, name, own(where), *((own(": "), strange(said, 60)) if said else ())
    if one.state == DONE:
        said = _first(one.outcome)
        return begin, name, own(" is done"), *((own(": "), strange(said, 60)) if said else ())
    return begin, name, own(f" {_IS.get(one.state, 'came to no known end')}")


EXECUTION = About(read, card, question=question)
"""What is run: below the cards of its incident, and to who had it run."""
