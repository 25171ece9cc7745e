"""The buttons of a card: from the catalog alone, in places that never betray a thumb."""

from __future__ import annotations

from bot.cards import gathered, words
from bot.cards.model import Actions, Confirm, Press
from bot.cards.view import View
from commands.registry import CATALOG, Button, Verb, offered
from commands.rules import escalation
from commands.rules.escalation import Turn
from store.model import IncidentStatus

SLOTS = ("ack", "assign", "escalate", "run", "resolve")
STATES = ("new", "acknowledged", "resolved")
FLAPPING = "flapping"
LATE = "late"
MOST = 5
_SAYS = 75
_ENDS_OR_PAGES = {"assign", "escalate", "run", "resolve"}
_PRIMARY = {"new": "ack", FLAPPING: "ack", "acknowledged": "resolve"}

Offer = tuple[Verb, Button]


def card_state(view: View) -> str:
    """The state by which the catalog offers buttons: new, flapping, acknowledged, resolved or
    merged."""
    i = view.incident
    if i.merged_into is not None:
        return "merged"
    if view.phase == FLAPPING:
        return FLAPPING
    return {IncidentStatus.TRIGGERED: "new", IncidentStatus.ACKNOWLEDGED: "acknowledged"}.get(
        i.status, "resolved"
    )


def layout(state: str) -> tuple[list[Offer], list[Offer]]:
    """The visible buttons and the entries of More….

    One button a slot, then what is left while there is room. A button that ends or pages
    something goes to More… where another verb stands in its place in an earlier state: a card
    edited under a thumb must not turn a harmless press into a harmful one.
    """
    if state == FLAPPING:
        return _flapping()
    before = [layout(s)[0] for s in STATES[: _rank(state)]]
    shown: list[Offer] = []
    moved: list[Offer] = []
    for offer in _candidates(state):
        safe = len(shown) < MOST and not _betrays(offer, len(shown), before)
        (shown if safe else moved).append(offer)
    return shown, moved + offered("more", state)


def _flapping() -> tuple[list[Offer], list[Offer]]:
    """Of a New incident that flaps: what helps against that, between the first and the last; the
    rest is in More…."""
    shown, more = layout("new")
    first = [offer for offer in shown if offer[1].slot == "ack"]
    last = [offer for offer in shown if offer[1].slot == "resolve"]
    rest = [offer for offer in shown if offer not in first and offer not in last]
    return [*first, *offered(FLAPPING, FLAPPING), *last], rest + more


def _rank(state: str) -> int:
    return STATES.index(state) if state in STATES else len(STATES)


def _candidates(state: str) -> list[Offer]:
    slots = [offered(slot, state) for slot in SLOTS]
    return [s[0] for s in slots if s] + [offer for s in slots for offer in s[1:]]


def _betrays(offer: Offer, place: int, before: list[list[Offer]]) -> bool:
    verb, button = offer
    harmful = button.asks or button.slot in _ENDS_OR_PAGES
    return harmful and any(len(b) > place and b[place][0].name != verb.name for b in before)


def actions(view: View) -> Actions:
    """Buttons and More… of the card as it is now."""
    state = card_state(view)
    shown, more = layout(state)
    if view.detail.rooms:  # the card links it
        more = [offer for offer in more if offer[0].name != "room"]
    if state == "acknowledged" and view.incident.asking:
        _answer_too(shown, more)
    logs = gathered.logs(view) if state in ("new", "acknowledged") else None
    first = _instead(shown, more) if logs is not None else -1
    primary = _PRIMARY.get(state)
    presses = [_press(view, offer, offer[1].slot == primary) for offer in shown]
    if logs is not None and first >= 0:
        presses.insert(first, logs)
    runs = gathered.runs(view) if state in ("new", "acknowledged") else []
    last = next((n for n, offer in enumerate(shown) if offer[1].slot == "resolve"), -1)
    if runs and last >= 0 and len(presses) < MOST:
        presses.insert(last + len(presses) - len(shown), runs.pop(0))
    others = [_press(view, offer, False) for offer in more]
    return Actions(tuple(presses), (*gathered.presses(view), *runs, *others))


def _instead(shown: list[Offer], more: list[Offer]) -> int:
    """The place where the last lines stand instead of Assign…, in every state alike; -1 where
    there is none."""
    place = next((n for n, offer in enumerate(shown) if offer[1].slot == "assign"), -1)
    if place >= 0:
        more.insert(0, shown.pop(place))
    return place


def _answer_too(shown: list[Offer], more: list[Offer]) -> None:
    """Somebody has it, and others are asked for their own answer."""
    offer = offered("ack", "new")[0]
    if len(shown) < MOST:
        shown.append(offer)
    else:
        more.insert(0, offer)


def token(name: str, incident: int, rev: int) -> str:
    """``cmd:<name>:<id>:<rev>``."""
    return f"cmd:{name}:{incident}:{rev}"


def _press(view: View, offer: Offer, primary: bool) -> Press:
    verb, button = offer
    i = view.incident
    said = f"{plain(button.label)} incident {i.id}, "
    return Press(
        label=button.label,
        token=token(verb.name, i.id, i.rev),
        primary=primary,
        confirm=_confirm(view, offer) if button.asks else None,
        says=said + words.title(i.title, max(8, _SAYS - len(said))),
    )


def plain(label: str) -> str:
    """A button's label without its dots."""
    return label.rstrip("…?. ")


def label_of(verb: str) -> str:
    """What a verb's button says, without its dots; the verb itself where it has none."""
    found = CATALOG.get(verb)
    return plain(found.buttons[0].label) if found and found.buttons else verb.capitalize()


def too_late(incident: int) -> tuple[Press, ...]:
    """What can still be done by who came too late: somebody else has it."""
    return tuple(
        Press(
            button.label,
            token(verb.name, incident, 0),
            confirm=_plainly(verb, button, incident) if button.asks else None,
            says=f"{plain(button.label)} incident {incident}",
        )
        for verb, button in offered(LATE, "acknowledged")
    )


def _confirm(view: View, offer: Offer) -> Confirm:
    verb, button = offer
    if button.slot == "escalate":
        return confirm_escalate(view)
    return _plainly(verb, button, view.incident.id)


def _plainly(verb: Verb, button: Button, incident: int) -> Confirm:
    label = plain(button.label)
    text = words.cut(verb.help, 300)
    return Confirm(f"{label} #{incident}?", text, yes=words.cut(label, 30))


def question(view: View, verb: str, *, at: int) -> Confirm | None:
    """What is asked before a verb runs, worded at the moment of the press; None for nothing."""
    state = card_state(view)
    shown, more = layout(state)
    asks = [b for v, b in (*shown, *more, *offered(LATE, state)) if v.name == verb and b.asks]
    if not asks:
        return None
    if asks[0].slot == "escalate":
        return confirm_escalate(view, at=at)
    return _confirm(view, (CATALOG[verb], asks[0]))


def escalates_to(view: View) -> tuple[Turn, tuple[str, ...]] | None:
    """Where an escalation goes and whom it asks there; None where nobody is behind any step."""
    i, policy = view.incident, view.policy
    first = escalation.escalates_to(policy, i.step)
    if first is None:
        return None
    turn = Turn("step", first, i.loop + (first <= i.step))
    while turn.kind == "step" and turn.loop <= i.loop + 1:
        step = policy.steps[turn.step]
        asked = escalation.whom(step.targets, view.definitions, i.team, view.now)
        zone = escalation.zone_of(view.definitions, i.team)
        if asked and escalation.applies(step, i.severity, view.now, zone, view.counted):
            return turn, asked
        turn = escalation.after(policy, turn.step, turn.loop)
    return None


def confirm_escalate(view: View, *, at: int | None = None) -> Confirm:
    """Who is paged, which step, and what time it is for that person.

    A card is drawn once and pressed later, so there the clock is tied to something that does not
    move; with ``at``, the moment of the press, it says the time itself.
    """
    target = escalates_to(view)
    if target is None:
        text = f"Nobody is behind any step of {words.clean(view.policy.name)} now."
        return Confirm(f"Escalate #{view.incident.id}?", words.cut(text, 300), yes="Escalate")
    turn, who = target
    names = words.cut(view.group(who) or words.join(view.names(w) for w in who[:3]), 60)
    over = turn.loop > view.incident.loop
    title = f"Start over with {names}?" if over else f"Page {names} now?"
    policy = words.cut(words.clean(view.policy.name), 60)
    text = f"Step {turn.step + 1} of {policy}. {_clock(view, who, at)}".strip()
    return Confirm(title, text, yes=words.cut(f"Page {names}", 30))


def _clock(view: View, who: tuple[str, ...], at: int | None) -> str:
    person = view.person(who[0]) if len(who) == 1 else None
    if person is None:
        return ""
    name, nxt = view.names(person.handle), view.incident.next
    if at is not None:
        return f"It is {words.bare_clock(at, person.zone)} for {name}."
    if nxt and nxt.kind == "page" and nxt.at is not None and person.handle in nxt.who:
        clock = words.bare_clock(nxt.at, person.zone)
        return f"Left alone, the policy pages {name} at {clock}, {name}'s time."
    clock = words.bare_clock(view.changed_at, person.zone)
    return f"When this card last changed it was {clock} for {name}."
