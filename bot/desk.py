"""The desk every chat surface calls: it knows the catalog, so that no surface knows a verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from bot import choices, filling_in
from bot.cards import answers, buttons, forms, lists, oncall, resource, said, trends, usage
from bot.cards import incident as cards
from bot.cards.model import Account, Answer, Errors, Press, Private, Surface
from bot.fits import runs_of
from bot.forming import SURE
from bot.hearing import Hearing
from bot.lines import Lines
from bot.showing import Showing
from bot.strangers import Strangers
from bot.tokens import (
    ASK,
    RUN,
    about_of,
    needs_form,
    number_of,
    read_arguments,
    read_token,
    run_token,
    takes_incident,
)
from commands.door import Door
from commands.errors import CommandError, Conflict, Invalid, NotFound, Stale
from commands.oncall import named
from commands.people import Identity
from commands.registry import CATALOG, Verb
from commands.rules.permission import ANYONE, known
from commands.told import Told
from commands.typed import mentioned, verb_of
from store.model import Actor, IncidentDetail, Listing

LinkOf = Callable[[Account], str | None]
"""The address where a chat account can be linked to a person."""

_PREFIXES = {"web": ">", "cli": "pv", "api": "pv"}
"""How commands begin where that is no setting."""


def _no_link(account: Account) -> str | None:
    return None


class Desk(Strangers, Lines, Hearing, Showing):
    """Presses, forms, typed words and heard words, in; answers only the presser sees, out."""

    def __init__(
        self,
        door: Door,
        identity: Identity,
        surfaces: Mapping[str, Surface],
        url: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        link_of: LinkOf = _no_link,
    ) -> None:
        Strangers.__init__(self)
        self._door, self._identity, self._surfaces, self._url = door, identity, surfaces, url
        self._prefixes, self._link_of = {**_PREFIXES, **(prefixes or {})}, link_of
        self.seen: Callable[[Account], Awaitable[None]] | None = None

    async def press(self, token: str, account: Account, key: str) -> Answer:
        """A button or menu entry: run it, ask for its form, or say why not."""
        actor = await self._actor(account)
        if (away := await self._away(actor, account, *about_of(token))) is not None:
            return away
        if token.startswith((RUN, ASK)):
            return await self._spelled(token, account, actor, key)
        try:
            verb, number, rev = read_token(token)
            given = await self._given(verb, number, actor)
            if needs_form(verb):
                return await self._form(verb, number or None, actor, given, rev=rev)
            args = {verb.noun: number} if number and verb.noun else {}
            return await self._run(verb, {**given, **args}, actor, key, rev)
        except CommandError as error:
            return await self._refused(error, actor, account, *about_of(token))

    async def _spelled(self, token: str, account: Account, actor: Actor, key: str) -> Answer:
        """A button that names its arguments: under a hint, a question, the help of a verb."""
        name, incident = about_of(token)
        args: dict[str, Any] = {}
        try:
            verb, args = read_arguments(token)
            if token.startswith(ASK):
                number = number_of(args.pop(verb.noun, "")) if verb.noun else None
                return await self._form(verb, number, actor, args)
            if (rev := args.pop(SURE, None)) is not None:
                return await self._run(verb, args, actor, key, int(rev))
            return await self._do(verb, args, actor, key, incident, account)
        except CommandError as error:
            return await self._refused(error, actor, account, name, incident, args)

    async def submit(
        self, token: str, values: Mapping[str, Any], account: Account, key: str
    ) -> Answer:
        """A form came back."""
        actor, named = await self._actor(account), about_of(token)
        if (away := await self._away(actor, account, *named)) is not None:
            return away
        offers = self._door.rules.offers
        try:
            verb, number, rev, begun = _submitted(token)
            values = {**begun, **values}
            mine = verb.about == "incident"
            incident = (await self._detail(number, actor)).incident if number and mine else None
            typed = filling_in.gathered(verb, offers, values)
            args = forms.arguments(verb, typed, incident, noun=0 if mine else number)
            if isinstance(args, Errors):
                await self._door.allow_somewhere(verb, actor)
                return args
            args |= filling_in.confirmed(values) if filling_in.takes(verb) else {}
            return await self._run(verb, args, actor, key, rev or None)
        except Invalid as error:
            if actor.kind == "stranger":
                await self._wrong_code(actor, account, CATALOG[named[0]], values)
            return Errors({filling_in.at_its_field(offers, values, error.where): error.error})
        except Conflict as error:
            field = forms.choice_in(verb, values) if error.choices else None
            if field is not None:
                return Errors({field: error.error})
            return await self._refused(error, actor, account, *named)
        except CommandError as error:
            return await self._refused(error, actor, account, *named)

    async def changed(self, token: str, values: Mapping[str, Any], account: Account) -> Answer:
        """The form as it is with what is filled in so far; nothing is done."""
        actor = await self._actor(account)
        try:
            verb, number, rev, begun = _submitted(token)
            offers, shown = self._door.rules.offers, {**begun, **values}
            typed = filling_in.gathered(verb, offers, shown, every=True)
            given = {f.name: typed[f.name] for f in verb.fields if typed.get(f.name)}
            return await self._form(verb, number or None, actor, given, rev=rev)
        except CommandError as error:
            return await self._refused(error, actor, account, *about_of(token))

    async def typed(
        self, text: str, account: Account, key: str, incident: int | None = None
    ) -> Answer:
        """A command in plain words."""
        actor = await self._actor(account)
        named = mentioned(text) or incident
        if (away := await self._away(actor, account, verb_of(text), named)) is not None:
            return away
        return await self.line(text, actor, key, incident, account)

    async def call(
        self,
        verb: str,
        values: Mapping[str, Any],
        account: Account,
        key: str,
        incident: int | None = None,
    ) -> Answer:
        """A command with named arguments."""
        actor = await self._actor(account)
        about = number_of(values.get("incident") or incident)
        if (away := await self._away(actor, account, verb, about)) is not None:
            return away
        found = CATALOG.get(verb)
        number, args = incident, {k: v for k, v in values.items() if v not in (None, "")}
        try:
            if found is None:
                raise NotFound(f"No command {verb}.")
            counted = forms.counted(found, args)
            if isinstance(counted, Errors):
                where, wrong = next(iter(counted.fields.items()))
                raise Invalid(wrong, where)
            args = counted
            if incident is not None and "incident" not in args and takes_incident(found):
                args["incident"] = incident
            number = number_of(args.get("incident", number))
            return await self._do(found, args, actor, key, number, account)
        except CommandError as error:
            return await self._refused(error, actor, account, verb, number, args)

    async def _do(
        self,
        verb: Verb,
        args: Mapping[str, Any],
        actor: Actor,
        key: str,
        incident: int | None,
        account: Account | None,
    ) -> Answer:
        """Run it, ask for what is missing by its form, or ask whether it is meant."""
        if any(f.required and args.get(f.name) in (None, "") for f in verb.fields):
            number = number_of(args.get(verb.noun, "")) if verb.noun else None
            return await self._form(verb, number, actor, args)
        if actor.surface in (*self._surfaces, "web"):
            asked = await self._asks_first(verb, args, actor)
            if asked is not None:
                return asked
        return await self._run(verb, args, actor, key, None)

    async def suggest(
        self, verb: str, name: str, text: str, account: Account
    ) -> list[tuple[str, str]]:
        """Up to 25 choices for an argument."""
        actor = await self._actor(account)
        found = CATALOG.get(verb)
        field = next((f for f in found.fields if f.name == name), None) if found else None
        if found is None or field is None or not known(actor):
            return []
        return await choices.suggest(self._door, found, field, text, actor)

    # the parts

    async def _actor(self, account: Account) -> Actor:
        surface = self._surfaces.get(account.surface)
        if account.groups is not None and self.seen is not None:
            await self.seen(account)

        async def email() -> str | None:
            return await surface.email(account.id) if surface else None

        return await self._identity.account_actor(account.surface, account.id, account.name, email)

    async def _run(
        self, verb: Verb, args: Mapping[str, Any], actor: Actor, key: str, rev: int | None
    ) -> Answer:
        if not verb.query:
            return said.of(await self._door.do(verb.name, args, actor, key=key, rev=rev))
        found = await self._door.ask(verb.name, args, actor)
        definitions = self._door.definitions()
        if isinstance(found, IncidentDetail):
            return Private(
                card=cards.card(
                    found, definitions, self._url, now=self._now(), threads=False,
                    runs=runs_of(found, self._door.rules),
                )
            )  # fmt: skip
        if isinstance(found, Listing):
            return Private(note=lists.listing(found, definitions, self._url))
        if verb.name == "help":
            begins = partial(self._prefix, actor.surface)
            return Private(note=usage.note(found.facts, begins, self._url))
        if verb.name == "who":
            return self._who(found, args, actor)
        if (drawn := resource.answer(found, self._scene(actor.id))) is not None:
            return drawn
        seen = trends.drawing(found) if isinstance(found, Told) else None
        return Private(note=lists.answer(found, verb.name, self._url), drawing=seen)

    def _who(self, lines: list[str], args: Mapping[str, Any], actor: Actor) -> Private:
        """Who is on call, with what can be done next where it is about now."""
        known, what = self._door.definitions(), str(args.get("what") or "")
        found: oncall.Found = None
        if what and not args.get("when"):
            found = named(known, what, actor.id)
        shared = bool(args.get("in_channel"))
        return oncall.answer(lines, found, known, self._now(), shared=shared)

    async def _refused(
        self,
        error: CommandError,
        actor: Actor,
        account: Account | None,
        verb: str,
        incident: int | None,
        args: Mapping[str, Any] | None = None,
    ) -> Answer:
        if actor.kind == "stranger":
            open_to = CATALOG.get(verb)
            if account is None or open_to is None or open_to.permission != ANYONE:
                return self._unknown(account)
            await self._wrong_code(actor, account, open_to, args or {})
        if isinstance(error, Conflict) and error.choices and incident is not None:
            return await self._form(CATALOG[verb], incident, actor)
        note = answers.answer_for(
            error,
            now=self._now(),
            verb=verb,
            incident=incident,
            prefix=self._prefix(actor.surface, verb),
            roles=actor.roles,
            rooms=await self._rooms(incident, actor) if verb == "ack" else (),
        )
        if isinstance(error, Stale) and incident is not None:
            note = replace(note, actions=await self._as_it_is(incident, verb, actor))
        if isinstance(error, Invalid) and error.choices and verb in CATALOG:
            where, given = error.where, dict(args or {})
            able = answers.choices(error, lambda value: run_token(verb, {**given, where: value}))
            note = replace(note, actions=able)
        return Private(note=note)

    async def _as_it_is(self, incident: int, verb: str, actor: Actor) -> tuple[Press, ...]:
        """What was pressed on an old card, as the card of now has it; else what that offers."""
        found = buttons.actions(self._view(await self._detail(incident, actor)))
        same = [p for p in (*found.buttons, *found.more) if about_of(p.token)[0] == verb]
        return tuple(same[:1]) or found.buttons

    def _changes_forms(self, actor: Actor) -> bool:
        return bool(getattr(self._surfaces.get(actor.surface), "changes_forms", True))

    def _prefix(self, surface: str, name: str = "") -> str:
        """How a verb is begun there."""
        verb, usual = CATALOG.get(name), self._prefixes.get(surface, "/pv")
        return self._roots(surface).get(verb.group, usual) if verb else usual

    def _roots(self, surface: str) -> Mapping[str, str]:
        """How each group of verbs begins, where a chat has a command for each (Discord)."""
        found: Mapping[str, str] = getattr(self._surfaces.get(surface), "roots", {})
        return found


def _submitted(token: str) -> tuple[Verb, int, int, dict[str, Any]]:
    """What a form is of: the verb, the number of what it is about, its rev, and what the token
    itself names."""
    if not token.startswith(ASK):
        return *read_token(token), {}
    verb, args = read_arguments(token)
    return verb, number_of(args.pop(verb.noun, "")) or 0, 0, args
