"""Typed lines, brought to the desk: read in words of our own and of people, several at once, and
what was meant by a word that is no command."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bot.cards import answers
from bot.cards.model import Account, Answer, Note, Press, Private, Quietly, Spans
from bot.forming import Forming
from bot.tokens import ask_token, run_token, takes_incident
from commands import queries
from commands.errors import CommandError, Invalid
from commands.natural import leads
from commands.registry import CATALOG, Verb
from commands.rules.permission import known
from commands.typed import each, mentioned, read_line
from store.model import Actor

_LABEL = 60


def typed(text: str) -> Verb | None:
    """The verb a line begins with; ``end maintenance`` is ``end-maintenance``."""
    words = text.casefold().split()[:2]
    return CATALOG.get("-".join(words)) or CATALOG.get("".join(words[:1]))


class Lines(Forming):
    """The part of a desk that takes commands in plain words."""

    def _prefix(self, surface: str, name: str = "") -> str:
        raise NotImplementedError

    async def _do(
        self,
        verb: Verb,
        args: Mapping[str, Any],
        actor: Actor,
        key: str,
        incident: int | None,
        account: Account | None,
    ) -> Answer:
        raise NotImplementedError

    async def _refused(
        self,
        error: CommandError,
        actor: Actor,
        account: Account | None,
        verb: str,
        incident: int | None,
        args: Mapping[str, Any] | None = None,
    ) -> Answer:
        raise NotImplementedError

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
        meant = typed(text)
        if word and meant is None and known(actor):
            return await self._misspelt(word, rest, actor, incident)
        name = meant.name if meant else word.casefold()
        args: dict[str, Any] = {}
        try:
            verb, args = await self._read(text, actor, incident)
            name = verb.name
            return await self._do(verb, args, actor, key, args.get("incident", incident), account)
        except CommandError as error:
            number = args.get("incident", incident)
            return await self._refused(error, actor, account, name, number, args)

    async def _read(
        self, text: str, actor: Actor, incident: int | None
    ) -> tuple[Verb, dict[str, Any]]:
        """The verb and its arguments; a library that reads times may take a moment, so never on the
        loop."""
        known, now = self._door.definitions(), self._now()
        person = known.people.get(actor.id)
        zone = person.zone if person else "UTC"

        def spoken(kind: str, words: Any) -> int:
            return leads(kind, words, now, zone)

        try:
            return await asyncio.to_thread(read_line, text, known, incident, spoken)
        except Invalid:
            if verb := typed(text):
                await self._door.allow_somewhere(verb, actor)
            raise

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

    async def _misspelt(self, word: str, rest: str, actor: Actor, incident: int | None) -> Answer:
        """No such command: the one that was meant, with a button that runs it."""
        number = mentioned(rest) or incident
        meant = answers.nearest(word)
        known = None
        if number is not None and meant and takes_incident(CATALOG[meant]):
            sight = self._door.sight(actor)
            known = await sight.read(self._door.reader, lambda tx: queries.detail(tx, number))
        prefix = self._prefix(actor.surface, meant or "")
        press = await self._meant(meant, rest, actor, incident, prefix) if meant else None
        return Private(note=answers.no_command(
            word, rest, prefix=prefix, press=press,
            incident=known.incident.id if known else None, rev=known.incident.rev if known else 0,
        ))  # fmt: skip

    async def _meant(
        self, meant: str, rest: str, actor: Actor, incident: int | None, prefix: str
    ) -> Press | None:
        """The button under a hint: it runs the command, or opens its form where more is needed."""
        try:
            verb, args = await self._read(f"{meant} {rest}", actor, incident)
        except CommandError:
            return None
        if any(f.required and f.name not in args for f in verb.fields):
            return Press(f"{prefix} {meant}…"[:_LABEL], ask_token(meant, args))
        token = run_token(meant, args)
        label = f"{prefix} {meant} {rest}".strip()
        short = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
        return Press(short, token) if token else None
