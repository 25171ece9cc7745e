"""The desk every chat surface calls: it knows the catalog, so that no surface knows a verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.cards import answers, buttons, forms, lists, oncall, said
from bot.cards import incident as cards
from bot.cards.abouts import ABOUTS
from bot.cards.model import (
    Account,
    Answer,
    Confirm,
    Errors,
    Form,
    Note,
    Private,
    Quietly,
    Spans,
    Surface,
)
from bot.cards.scene import About, Choices, Scene
from bot.cards.view import View
from bot.showing import Showing
from bot.tokens import about_of, needs_form, number_of, read_token, takes_incident
from commands import queries
from commands.door import Door
from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.oncall import named
from commands.people import Identity
from commands.registry import CATALOG, Verb
from commands.told import Told
from commands.typed import each, mentioned, read_line
from store import outbox, rooms
from store.model import Actor, IncidentDetail, Listing

LinkOf = Callable[[Account], str | None]
"""The address where a chat account can be linked to a person."""

_SUGGESTIONS = 25


def _no_link(account: Account) -> str | None:
    return None


class Desk(Showing):
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
        self._door, self._identity, self._surfaces, self._url = door, identity, surfaces, url
        self._prefixes, self._link_of = dict(prefixes or {}), link_of

    async def press(self, token: str, account: Account, key: str) -> Answer:
        """A button or menu entry: run it, ask for its form, or say why not."""
        actor = await self._actor(account)
        try:
            verb, number, rev = read_token(token)
            given = await self._given(verb, number, actor.id)
            if needs_form(verb):
                return await self._form(verb, number or None, actor, given, rev=rev)
            args = {verb.noun: number} if number and verb.noun else {}
            return await self._run(verb, {**given, **args}, actor, key, rev)
        except CommandError as error:
            return await self._refused(error, actor, account, *about_of(token))

    async def confirm(self, token: str, account: Account) -> Confirm | None:
        """What is asked before this press counts, with the clock of this moment."""
        try:
            verb, number, _ = read_token(token)
            if verb.about != "incident":
                return await self._question(verb, number, account)
            if not any(b.asks for b in verb.buttons):
                return None
            detail = await self._detail(number)
        except NotFound:
            return None
        now = self._door.clock.now()
        return buttons.question(
            View(detail, self._door.definitions(), self._url, now), verb.name, at=now
        )

    async def _question(self, verb: Verb, number: int, account: Account) -> Confirm | None:
        """What a card that is about no incident asks before a press counts."""
        drawn, noun = await self._noun(verb, number)
        to = self._identity.known(account.surface, account.id)
        scene = self._scene(to.handle if to else "")
        return drawn.question(noun, scene, verb.name) if noun is not None else None

    async def _noun(self, verb: Verb, number: int) -> tuple[About, Any]:
        """What a card that is about no incident is about, None where it is gone."""
        drawn = ABOUTS[verb.about]
        return drawn, await self._door.reader.read(lambda tx: drawn.read(tx, str(number)))

    def _scene(self, to: str) -> Scene:
        return Scene(self._door.definitions(), self._url, self._now(), to, False)

    async def _given(self, verb: Verb, number: int, to: str) -> dict[str, str]:
        """What a press means by the card it stands on."""
        if verb.about not in ABOUTS or not number:
            return {}
        drawn, noun = await self._noun(verb, number)
        return {} if noun is None else dict(drawn.gives(noun, self._scene(to), verb.name))

    async def submit(
        self, token: str, values: Mapping[str, Any], account: Account, key: str
    ) -> Answer:
        """A form came back."""
        actor = await self._actor(account)
        named = about_of(token)
        try:
            verb, number, rev = read_token(token)
            mine = verb.about == "incident"
            incident = (await self._detail(number)).incident if number and mine else None
            args = forms.arguments(verb, values, incident, noun=0 if mine else number)
            if isinstance(args, Errors):
                return args
            return await self._run(verb, args, actor, key, rev or None)
        except Invalid as error:
            return Errors({error.where: error.error})
        except Conflict as error:
            field = forms.choice_in(verb, values) if error.choices else None
            if field is not None:
                return Errors({field: error.error})
            return await self._refused(error, actor, account, *named)
        except CommandError as error:
            return await self._refused(error, actor, account, *named)

    async def typed(
        self, text: str, account: Account, key: str, incident: int | None = None
    ) -> Answer:
        """A command in plain words."""
        return await self.line(text, await self._actor(account), key, incident, account)

    async def line(
        self,
        text: str,
        actor: Actor,
        key: str,
        incident: int | None = None,
        account: Account | None = None,
    ) -> Answer:
        """A command in plain words, by an actor that is known already (the console's palette)."""
        lines = each(text)
        if len(lines) > 1:
            return await self._several(lines, actor, key, account)
        word, _, rest = text.strip().partition(" ")
        both = "-".join(text.split()[:2]).casefold()  # ``end maintenance`` is ``end-maintenance``
        if word and not {word.casefold(), both} & CATALOG.keys() and actor.roles:
            return await self._misspelt(word, rest, actor, incident)
        name, number = "", incident
        try:
            verb, args = read_line(text, self._door.definitions(), incident)
            name, number = verb.name, args.get("incident", incident)
            missing = [f for f in verb.fields if f.required and f.name not in args]
            if missing and not verb.query:
                return await self._form(verb, number, actor, args)
            return await self._run(verb, args, actor, key, None)
        except CommandError as error:
            return await self._refused(error, actor, account, name, number)

    async def _several(
        self, lines: list[str], actor: Actor, key: str, account: Account | None
    ) -> Answer:
        """One line an incident; only what went wrong is said."""
        wrong: list[Spans] = []
        for number, line in enumerate(lines):
            answer = await self.line(line, actor, f"{key}:{number}", None, account)
            if isinstance(answer, Private) and answer.note is not None:
                wrong += answer.note.lines
        return Private(note=Note(tuple(wrong))) if wrong else Quietly()

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
        found = CATALOG.get(verb)
        number = incident
        try:
            if found is None:
                raise NotFound(f"No command {verb}.")
            args = {k: v for k, v in values.items() if v not in (None, "")}
            if incident is not None and "incident" not in args and takes_incident(found):
                args["incident"] = incident
            number = args.get("incident", number)
            return await self._run(found, args, actor, key, None)
        except CommandError as error:
            return await self._refused(error, actor, account, verb, number_of(number))

    async def suggest(
        self, verb: str, name: str, text: str, account: Account
    ) -> list[tuple[str, str]]:
        """Up to 25 choices for an argument."""
        actor = await self._actor(account)
        found = CATALOG.get(verb)
        field = next((f for f in found.fields if f.name == name), None) if found else None
        if field is None or not actor.roles:
            return []
        return await self.choices(field.kind, field.choices, text, actor)

    async def choices(
        self, kind: str, fixed: tuple[tuple[str, str], ...], text: str, actor: Actor
    ) -> list[tuple[str, str]]:
        """What could be meant by the letters typed so far."""
        low = text.casefold().lstrip("#@")
        if kind == "incident":
            args = {"q": low, "limit": _SUGGESTIONS}
            listing: Listing = await self._door.ask("list", args, actor)
            return [(str(i.id), f"#{i.id} {i.title}"[:100]) for i in listing.incidents]
        if kind in ("list", "view"):
            told = await self._door.ask("completions", {"text": text, "kind": kind}, actor)
            return [(line, line) for line in told.lines][:_SUGGESTIONS]
        options = list(fixed)
        definitions = self._door.definitions()
        if kind == "schedule":
            options = list(forms.schedules(definitions))
        elif kind == "person":
            options = [(h, p.name) for h, p in definitions.people.items()]
        elif kind in ("who", "duty"):
            options = [(h, p.name) for h, p in definitions.people.items()]
            teams = [(f"team:{n}", f"team {n}") for n in definitions.teams]
            schedules = [(f"schedule:{n}", f"schedule {n}") for n in definitions.schedules]
            options = [*options, *teams] if kind == "who" else [*teams, *schedules, *options]
        return [(v, n) for v, n in options if low in n.casefold() or low in v][:_SUGGESTIONS]

    async def heard(
        self, incident: int, text: str, account: Account, key: str, at: str = ""
    ) -> None:
        """Words in a thread: a note, shown in every other place."""
        actor = await self._actor(account)
        note = {"heard_at": await self._place(incident, account.surface, at)}
        try:
            await self._door.do(
                "note", {"incident": incident, "text": text}, actor, key=key, note=note
            )
        except CommandError:
            return

    async def incident_at(self, surface: str, channel: str, message: str) -> int | None:
        """The incident whose card, thread or war room is there."""
        found = rooms.standing
        return await self._door.reader.read(lambda tx: found(tx, surface, channel, message))

    async def keeps(self, surface: str, message: str) -> bool:
        """Whether that message is a card that is kept up to date, of an incident or not."""
        return await self._standing_at(surface, message) is not None

    async def _standing_at(self, surface: str, message: str) -> int | None:
        return await self._door.reader.read(lambda tx: outbox.at_message(tx, surface, message))

    async def _place(self, incident: int, surface: str, at: str) -> str | None:
        """The place whose thread (or card) has that id: words in a DM stand in none."""
        rows = await self._door.reader.read(lambda tx: outbox.places(tx, incident))
        here = (
            r for r in rows if r.place.startswith(surface + ":") and at in (r.thread, r.message)
        )
        return next((r.place for r in here), None)

    # the parts

    def _now(self) -> int:
        return self._door.clock.now()

    async def _actor(self, account: Account) -> Actor:
        surface = self._surfaces.get(account.surface)

        async def email() -> str | None:
            return await surface.email(account.id) if surface else None

        return await self._identity.account_actor(account.surface, account.id, account.name, email)

    async def _detail(self, incident: int) -> IncidentDetail:
        found = await self._door.reader.read(lambda tx: queries.detail(tx, incident))
        if found is None:
            raise NotFound(f"There is no incident #{incident}.")
        return found

    async def _run(
        self, verb: Verb, args: Mapping[str, Any], actor: Actor, key: str, rev: int | None
    ) -> Answer:
        if not verb.query:
            return said.of(await self._door.do(verb.name, args, actor, key=key, rev=rev))
        found = await self._door.ask(verb.name, args, actor)
        definitions = self._door.definitions()
        if isinstance(found, IncidentDetail):
            return Private(
                card=cards.card(found, definitions, self._url, now=self._now(), threads=False)
            )
        if isinstance(found, Listing):
            return Private(note=lists.listing(found, definitions, self._url))
        if verb.name == "help":
            helped = answers.help_note(
                found[:1], prefix=self._prefix(actor.surface, args.get("verb", "")),
                console_url=self._url, verb=args.get("verb", ""), roots=self._roots(actor.surface),
            )  # fmt: skip
            return Private(note=helped)
        if verb.name == "who":
            return self._who(found, args, actor)
        told = found.lines if isinstance(found, Told) else found
        return Private(note=lists.lines(told, verb.name, self._url))

    def _who(self, lines: list[str], args: Mapping[str, Any], actor: Actor) -> Private:
        """Who is on call, with what can be done next where it is about now."""
        known, what = self._door.definitions(), str(args.get("what") or "")
        found: oncall.Found = None
        if what and not args.get("when"):
            found = named(known, what, actor.id)
        shared = bool(args.get("in_channel"))
        return oncall.answer(lines, found, known, self._now(), shared=shared)

    async def _form(
        self,
        verb: Verb,
        number: int | None,
        actor: Actor,
        given: Mapping[str, Any] | None = None,
        rev: int = 0,
    ) -> Form:
        """The verb's form; nobody fills in a form they may not send."""
        mine = verb.about == "incident"
        await self._door.allow(verb, actor, {verb.noun: number} if number and verb.noun else {})
        incident = (await self._detail(number)).incident if number and mine else None
        initial = {k: str(v) for k, v in (given or {}).items()}
        known = self._door.definitions()
        if verb.prefill is not None:
            zone = person.zone if (person := known.people.get(actor.id)) else "UTC"
            initial = {**verb.prefill(known, initial, zone), **initial}
        begun: Mapping[str, Any] = {}
        if verb.begins and incident is not None:
            begun = (await self._door.ask(verb.begins, {"incident": incident.id}, actor)).facts
            initial = {**begun.get("values", {}), **initial}
        choices: Mapping[str, Choices] = {}
        if not mine and number:
            drawn, noun = await self._noun(verb, number)
            if noun is not None:
                choices = drawn.choices(noun, self._scene(actor.id), verb.name)
        return forms.form(
            verb, known, choices=choices, hints=begun.get("hints", {}), now=self._now(),
            incident=incident, initial=initial, noun=(0, 0) if mine else (number or 0, rev),
        )  # fmt: skip

    async def _misspelt(self, word: str, rest: str, actor: Actor, incident: int | None) -> Answer:
        """No such command: the one that was meant, with a button that runs it."""
        number = mentioned(rest) or incident
        meant = answers.nearest(word)
        known = None
        if number is not None and meant and takes_incident(CATALOG[meant]):
            known = await self._door.reader.read(lambda tx: queries.detail(tx, number))
        return Private(note=answers.no_command(
            word, rest, prefix=self._prefix(actor.surface, meant or ""),
            incident=known.incident.id if known else None, rev=known.incident.rev if known else 0,
        ))  # fmt: skip

    async def _refused(
        self,
        error: CommandError,
        actor: Actor,
        account: Account | None,
        verb: str,
        incident: int | None,
    ) -> Answer:
        if actor.kind == "stranger":
            link = self._link_of(account) if account is not None else None
            return Private(note=answers.unlinked(link, self._identity.who_can("config.write")))
        if isinstance(error, Conflict) and error.choices and incident is not None:
            return await self._form(CATALOG[verb], incident, actor)
        note = answers.answer_for(
            error,
            now=self._now(),
            verb=verb,
            incident=incident,
            prefix=self._prefix(actor.surface, verb),
            roles=actor.roles,
        )
        return Private(note=note)

    def _prefix(self, surface: str, name: str = "") -> str:
        """How a verb is begun there."""
        verb, usual = CATALOG.get(name), self._prefixes.get(surface, "/pv")
        return self._roots(surface).get(verb.group, usual) if verb else usual

    def _roots(self, surface: str) -> Mapping[str, str]:
        """How each group of verbs begins, where a chat has a command for each (Discord)."""
        found: Mapping[str, str] = getattr(self._surfaces.get(surface), "roots", {})
        return found
