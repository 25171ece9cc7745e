"""The forms a desk shows: filled in with what is known, and what is asked before something runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import filling_in, nouns
from bot.cards import buttons, fold, forms, words
from bot.cards.abouts import ABOUTS
from bot.cards.model import Account, Confirm, Form, Note, Press, Private, Span, Spans
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import View
from bot.fits import runs_of
from bot.tokens import ask_token, number_of, read_token, run_token, takes_incident
from commands import queries
from commands.door import Door
from commands.errors import CommandError, NotFound
from commands.people import Identity
from commands.registry import CATALOG, Verb
from store.model import Actor, IncidentDetail, Listing

_OFFERED = 25
"""So many open incidents a form offers to choose from."""
_TO_CHOOSE = 75
_ASKED = 5
_TOKEN = 88
"""So long a token may be that a part of a form is named by as well."""


class Forming:
    """The part of a desk that knows what a form begins with, and what a press asks first."""

    _door: Door
    _identity: Identity
    _url: str

    async def _actor(self, account: Account) -> Actor:
        raise NotImplementedError

    def _now(self) -> int:
        return self._door.clock.now()

    async def _detail(self, incident: int, actor: Actor) -> IncidentDetail:
        sight = self._door.sight(actor)
        found = await sight.read(self._door.reader, lambda tx: queries.detail(tx, incident))
        if found is None:
            raise NotFound(f"There is no incident #{incident}.")
        return found

    # what a card is about

    async def _noun(self, verb: Verb, number: int, actor: Actor) -> tuple[About, Any]:
        """What a card that is about no incident is about, None where it is gone."""
        drawn = ABOUTS[verb.about]
        sight = self._door.sight(actor)
        return drawn, await sight.read(self._door.reader, lambda tx: drawn.read(tx, str(number)))

    def _scene(self, to: str) -> Scene:
        return Scene(self._door.definitions(), self._url, self._now(), to, False)

    async def _given(self, verb: Verb, number: int, actor: Actor) -> dict[str, str]:
        """What a press means by the card it stands on."""
        if verb.about not in ABOUTS or not number:
            return {}
        drawn, noun = await self._noun(verb, number, actor)
        return {} if noun is None else dict(drawn.gives(noun, self._scene(actor.id), verb.name))

    # forms

    async def _form(
        self,
        verb: Verb,
        number: int | None,
        actor: Actor,
        given: Mapping[str, Any] | None = None,
        rev: int = 0,
    ) -> Form | Private:
        """The verb's form; nobody fills in a form they may not send."""
        mine = verb.about == "incident"
        await self._door.allow(verb, actor, {verb.noun: number} if number and verb.noun else {})
        incident = (await self._detail(number, actor)).incident if number and mine else None
        known = self._door.definitions()
        initial = forms.begun(verb, given or {})
        if verb.prefill is not None:
            zone = person.zone if (person := known.people.get(actor.id)) else "UTC"
            initial = {**verb.prefill(known, initial, zone, actor), **initial}
        asked_of = {verb.noun: str(number)} if number and verb.noun and not mine else {}
        begun = await self._begun(
            verb, incident.id if incident else None, {**initial, **asked_of}, actor
        )
        initial = {**begun.get("values", {}), **initial}
        choices = await self._choices(verb, 0 if mine else number or 0, actor)
        choices = {**begun.get("choices", {}), **choices}
        asked = forms.asked(verb, incident, 0 if mine else number or 0, initial)
        if any(f.kind == "incident" for f in asked):
            offered = await self._open(verb, actor)
            choices = {**{f.name: offered for f in asked if f.kind == "incident"}, **choices}
        about = {verb.noun: number} if number and verb.noun else {}
        stays = filling_in.takes(verb) and not self._changes_forms(actor)
        several = len(choices.get(filling_in.CHOSEN, ())) > 1
        if stays and several and filling_in.CHOSEN not in (given or {}):
            return _which(verb, choices[filling_in.CHOSEN], about)
        made = forms.form(
            verb, known, choices=choices, hints=begun.get("hints", {}), now=self._now(),
            incident=incident, initial=initial, noun=(0, 0) if mine else (number or 0, rev),
        )  # fmt: skip
        made = filling_in.completed(made, begun)
        if stays:
            made = _pinned(made, verb, {**about, **initial})
        return replace(
            made, again=ask_token(verb.name, {**about, **(given or {})}) if given else ""
        )

    def _changes_forms(self, actor: Actor) -> bool:
        """Whether a form that is open can become another one there."""
        return True

    async def _begun(
        self, verb: Verb, incident: int | None, initial: Mapping[str, str], actor: Actor
    ) -> Mapping[str, Any]:
        """What the form of a verb begins with, as its own query knows."""
        query = CATALOG.get(verb.begins)
        if query is None:
            return {}
        names = {f.name for f in query.fields} - {"incident"}
        about = {k: v for k, v in initial.items() if k in names}
        asked = about if incident is None else {**about, "incident": incident}
        if not asked:
            return {}
        try:
            facts: Mapping[str, Any] = (await self._door.ask(query.name, asked, actor)).facts
        except CommandError:
            return {}
        return facts

    async def _choices(self, verb: Verb, number: int, actor: Actor) -> Mapping[str, Choices]:
        """What can be chosen about what a card is about."""
        if not number:
            return await self._nouns(verb, actor)
        drawn, noun = await self._noun(verb, number, actor)
        if noun is None:
            return {}
        return drawn.choices(noun, self._scene(actor.id), verb.name)

    async def _nouns(self, verb: Verb, actor: Actor) -> Mapping[str, Choices]:
        """What a form offers where it is not said yet what it is about."""
        name = next((f.name for f in verb.fields if f.kind == "noun"), "")
        if not name:
            return {}
        known = self._door.definitions()
        asked = known, self._now(), known.people.get(actor.id)
        sight = self._door.sight(actor)
        found = await sight.read(self._door.reader, lambda tx: nouns.listed(tx, verb.about, asked))
        return {name: found} if found else {}

    async def _open(self, verb: Verb, actor: Actor) -> Choices:
        """The incidents that a form offers; none where there are more than a menu holds."""
        over = any(b.when == ("resolved",) for b in verb.buttons)
        asked = {"limit": _OFFERED} | ({"status": "resolved"} if over else {})
        try:
            found: Listing = await self._door.ask("list", asked, actor)
        except CommandError:
            return ()
        if found.next and not over:
            return ()
        return tuple((str(i.id), f"#{i.id} {i.title}"[:_TO_CHOOSE]) for i in found.incidents)

    # what is asked first

    async def confirm(self, token: str, account: Account) -> Confirm | None:
        """What is asked before this press counts, with the clock of this moment; nothing of
        whoever is not known, whose press does not count."""
        actor = await self._actor(account)
        if actor.kind == "stranger":
            return None
        try:
            verb, number, _ = read_token(token)
            if verb.about != "incident":
                return await self._question(verb, number, account, actor)
            if not any(b.asks for b in verb.buttons):
                return None
            detail = await self._detail(number, actor)
        except NotFound:
            return None
        return buttons.question(self._view(detail), verb.name, at=self._now())

    def _view(self, detail: IncidentDetail) -> View:
        runs = runs_of(detail, self._door.rules)
        return View(detail, self._door.definitions(), self._url, self._now(), runs=runs)

    async def _rooms(self, incident: int | None, actor: Actor) -> Spans:
        """What leads to where an incident is worked on together."""
        if incident is None:
            return ()
        try:
            return tuple(fold.rooms(self._view(await self._detail(incident, actor))))
        except NotFound:
            return ()

    async def _question(
        self, verb: Verb, number: int, account: Account, actor: Actor
    ) -> Confirm | None:
        """What a card that is about no incident asks before a press counts."""
        drawn, noun = await self._noun(verb, number, actor)
        to = self._identity.known(account.surface, account.id)
        scene = self._scene(to.handle if to else "")
        return drawn.question(noun, scene, verb.name) if noun is not None else None

    async def _asks_first(
        self, verb: Verb, args: Mapping[str, Any], actor: Actor
    ) -> Private | None:
        """What a typed command that pages somebody at once asks before it does: whom, and what time
        it is for them. None where nothing is asked."""
        if not any(b.slot == "escalate" for b in verb.buttons) or not takes_incident(verb):
            return None
        number = number_of(args.get("incident"))
        if number is None:
            return None
        await self._door.allow(verb, actor, {**args, "incident": number})
        detail = await self._detail(number, actor)
        if buttons.question(self._view(detail), verb.name, at=self._now()) is None:
            return None
        there = replace(detail, incident=_gone_to(detail, args))
        asked = buttons.confirm_escalate(self._view(there), at=self._now())
        token = run_token(verb.name, {**args, SURE: detail.incident.rev})
        if not token:
            return None
        lines = ((Span(asked.title, bold=True, own=False),), (Span(asked.text, own=False),))
        return Private(note=Note(lines, actions=(Press(asked.yes, token, primary=True),)))


def _which(verb: Verb, options: Choices, about: Mapping[str, Any]) -> Private:
    """What is to be chosen first, where a form can't change while it is open."""
    presses: list[Press] = []
    lines: list[Spans] = []
    for value, label in options[:_ASKED]:
        name = words.cut(words.clean(value), 40)
        token = ask_token(verb.name, {**about, filling_in.CHOSEN: value})
        presses.append(Press(f"{name}…", token, primary=not presses, says=label))
        lines.append((Span(words.clean(label), own=False),))
    more = len(options) - len(presses)
    head = f"Which one? {more} more by the command." if more > 0 else "Which one?"
    return Private(note=Note(((Span(head, bold=True),), *lines), actions=tuple(presses)))


def _pinned(form: Form, verb: Verb, given: Mapping[str, Any]) -> Form:
    """A form of one action alone: its token names it, so that its next part is of the same."""
    names = (verb.noun, filling_in.CHOSEN)
    token = ask_token(verb.name, {n: given[n] for n in names if given.get(n)})
    kept = tuple(i for i in form.inputs if i.name != filling_in.CHOSEN)
    if filling_in.CHOSEN not in token or len(token) > _TOKEN:
        return form
    return replace(form, token=token, inputs=kept)


SURE = "~"
"""In a token: it was asked before, and the rev of the incident then."""


def _gone_to(detail: IncidentDetail, args: Mapping[str, Any]) -> Any:
    """The incident as it would be just before the step that is asked for."""
    incident = detail.incident
    if policy := args.get("policy"):
        return replace(incident, policy=str(policy), policy_version_id=None, step=-1)
    step = args.get("step")
    return incident if step is None else replace(incident, step=int(step) - 1)
