"""The desk every chat surface calls: it knows the catalog, so that no surface knows a verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.cards import answers, forms, lists
from bot.cards import incident as cards
from bot.cards.model import Account, Answer, Errors, Form, Private, Quietly, Surface
from commands import queries
from commands.door import Door
from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.people import Identity
from commands.registry import CATALOG, Verb
from commands.typed import read_line
from store import outbox
from store.model import Actor, IncidentDetail, Listing


class Desk:
    """Presses, forms, typed words and heard words, in; answers only the presser sees, out."""

    def __init__(
        self, door: Door, identity: Identity, surfaces: Mapping[str, Surface], url: str
    ) -> None:
        self._door, self._identity, self._surfaces, self._url = door, identity, surfaces, url

    async def press(self, token: str, account: Account, key: str) -> Answer:
        """A button or menu entry: run it, ask for its form, or say why not."""
        actor = await self._actor(account)
        try:
            verb, incident, rev = read_token(token)
            if needs_form(verb, token) and actor.roles:
                detail = await self._detail(incident)
                return forms.form(
                    verb, detail, self._door.definitions(), token=token, now=self._now()
                )
            return await self._run(verb, {"incident": incident}, actor, key, rev)
        except CommandError as error:
            return await self._refused(error, actor, *_about(token))

    async def submit(
        self, token: str, values: Mapping[str, Any], account: Account, key: str
    ) -> Answer:
        """A form came back."""
        actor = await self._actor(account)
        try:
            verb, incident, rev = read_token(token)
            args = forms.arguments(verb, values, (await self._detail(incident)).incident)
            if isinstance(args, Errors):
                return args
            return await self._run(verb, args, actor, key, rev)
        except Invalid as error:
            return Errors({error.where: error.error})
        except CommandError as error:
            return await self._refused(error, actor, *_about(token))

    async def typed(
        self, text: str, account: Account, key: str, incident: int | None = None
    ) -> Answer:
        """A command in plain words."""
        actor = await self._actor(account)
        return await self.line(text, actor, key, incident)

    async def line(self, text: str, actor: Actor, key: str, incident: int | None = None) -> Answer:
        """A command in plain words, by an actor that is known already (the console's palette)."""
        name, number = "", incident
        try:
            verb, args = read_line(text, self._door.definitions(), incident)
            name, number = verb.name, args.get("incident")
            missing = [f for f in verb.fields if f.required and f.name not in args]
            if missing and "incident" in args and not verb.query and actor.roles:
                detail = await self._detail(args["incident"])
                token = f"cmd:{verb.name}:{detail.incident.id}:{detail.incident.rev}"
                return forms.form(
                    verb, detail, self._door.definitions(), token=token, now=self._now()
                )
            return await self._run(verb, args, actor, key, None)
        except CommandError as error:
            return await self._refused(error, actor, name, number)

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
            if incident is not None and "incident" not in args and _takes_incident(found):
                args["incident"] = incident
            number = args.get("incident", number)
            return await self._run(found, args, actor, key, None)
        except CommandError as error:
            return await self._refused(error, actor, verb, _number(number))

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
            listing: Listing = await self._door.ask("list", {"q": low, "limit": 25}, actor)
            return [(str(i.id), f"#{i.id} {i.title}"[:100]) for i in listing.incidents]
        if kind == "who":
            definitions = self._door.definitions()
            people = [(h, p.name) for h, p in definitions.people.items()]
            teams = [(f"team:{n}", f"team {n}") for n in definitions.teams]
            return [(v, n) for v, n in [*people, *teams] if low in n.casefold() or low in v][:25]
        return [(v, n) for v, n in fixed if low in n.casefold() or low in v][:25]

    async def heard(self, incident: int, text: str, account: Account, key: str) -> None:
        """Words in a thread: a note, shown on the other surfaces."""
        actor = await self._actor(account)
        note = {"heard_at": await self._place(incident, account.surface)}
        try:
            await self._door.do(
                "note", {"incident": incident, "text": text}, actor, key=key, note=note
            )
        except CommandError:
            return

    async def incident_at(self, surface: str, channel: str, message: str) -> int | None:
        """The incident whose card or thread is that message."""
        return await self._door.reader.read(lambda tx: outbox.at_message(tx, surface, message))

    async def _place(self, incident: int, surface: str) -> str | None:
        rows = await self._door.reader.read(lambda tx: outbox.places(tx, incident))
        return next((r.place for r in rows if r.place.startswith(surface + ":")), None)

    # the parts

    def _now(self) -> int:
        return self._door.clock.now()

    async def _actor(self, account: Account) -> Actor:
        surface = self._surfaces.get(account.surface)

        async def email() -> str | None:
            return await surface.email(account.id) if surface else None

        ask: Callable[[], Awaitable[str | None]] = email
        return await self._identity.account_actor(account.surface, account.id, account.name, ask)

    async def _detail(self, incident: int) -> IncidentDetail:
        found = await self._door.reader.read(lambda tx: queries.detail(tx, incident))
        if found is None:
            raise NotFound(f"There is no incident #{incident}.")
        return found

    async def _run(
        self, verb: Verb, args: Mapping[str, Any], actor: Actor, key: str, rev: int | None
    ) -> Answer:
        if not verb.query:
            await self._door.do(verb.name, args, actor, key=key, rev=rev)
            return Quietly()
        found = await self._door.ask(verb.name, args, actor)
        if isinstance(found, IncidentDetail):
            definitions = self._door.definitions()
            return Private(
                card=cards.card(found, definitions, self._url, now=self._now(), threads=False)
            )
        if isinstance(found, Listing):
            return Private(note=lists.listing(found, self._door.definitions(), self._url))
        if verb.name == "help":
            return Private(
                note=answers.help_note(found, console_url=self._url, verb=args.get("verb", ""))
            )
        return Private(note=lists.lines(found))

    def _form(self, verb: Verb, detail: IncidentDetail) -> Form:
        return forms.form(verb, self._door.definitions(), now=self._now(), incident=detail.incident)

    async def _refused(
        self, error: CommandError, actor: Actor, verb: str, incident: int | None
    ) -> Answer:
        if actor.kind == "stranger":
            return Private(note=answers.unlinked(None, self._identity.who_can("config.write")))
        if isinstance(error, Conflict) and error.choices and incident is not None:
            return self._form(CATALOG[verb], await self._detail(incident))
        note = answers.answer_for(
            error, now=self._now(), verb=verb, incident=incident, roles=actor.roles
        )
        return Private(note=note)


def read_token(token: str) -> tuple[Verb, int, int]:
    """``cmd:<name>:<incident>:<rev>``; NotFound for anything else."""
    parts = token.split(":")
    if len(parts) != 4 or parts[0] != "cmd" or not parts[2].isdecimal() or not parts[3].isdecimal():
        raise NotFound("That button is not one of ours.")
    verb = CATALOG.get(parts[1])
    if verb is None:
        raise NotFound(f"No command {parts[1]}.")
    return verb, int(parts[2]), int(parts[3])


def needs_form(verb: Verb, token: str) -> bool:
    """A verb that asks for more than the incident, or whose label ends in …, opens its form."""
    if verb.query:
        return False
    more = [f for f in verb.fields if f.name != "incident" and f.required]
    return bool(more) or any(b.label.endswith("…") and not b.asks for b in verb.buttons)


def _takes_incident(verb: Verb) -> bool:
    return any(f.name == "incident" for f in verb.fields)


def _about(token: str) -> tuple[str, int | None]:
    """Verb and incident a token names, as far as it can be read."""
    parts = token.split(":")
    return (parts[1], _number(parts[2])) if len(parts) == 4 else ("", None)


def _number(value: Any) -> int | None:
    text = str(value).lstrip("#")
    return int(text) if text.isdecimal() and len(text) < 16 else None
