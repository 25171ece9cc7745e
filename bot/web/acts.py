"""What a button, a form or a typed line does: through the door, with an answer for one reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from bot import filling_in
from bot.cards import answers, buttons, forms, lists, resource
from bot.cards.model import Answer, Card, Confirm, Errors, Form, Note, Private
from bot.cards.said import of as answer_of
from bot.cards.scene import Scene
from bot.cards.view import View
from bot.web import render
from bot.web.look import clean_lines
from bot.web.ports import Doorway, Typed
from bot.web.render import Reader
from bot.web.saying import Said, number_of, offers_of, pressed
from bot.web.session import Visit, fresh_key
from bot.web.wanted import from_words
from commands.errors import CommandError, Conflict, Invalid, NotFound
from commands.inventory.sheet import Shown
from commands.registry import CATALOG, Verb
from commands.told import Told
from store.model import Incident, IncidentDetail, Listing


class Acts:
    """Runs verbs of the catalog; knows none of them."""

    def __init__(self, door: Doorway, typed: Typed | None, base: str) -> None:
        self._door, self._typed, self._base = door, typed, base

    # asking first

    async def sheet(
        self, name: str, number: int | None, visit: Visit, given: Mapping[str, str] | None = None
    ) -> Said:
        """What a verb asks before it runs: a confirmation, a form that ``given`` fills in; a query
        that has all it needs answers at once, where no form was asked for (``form``)."""
        verb = _verb(name)
        needs = [f for f in verb.fields if f.required and f.kind != "incident"]
        given = dict(given or {})
        wanted = given.pop("form", "")
        if verb.query and not wanted and all(f.name in given for f in needs):
            return await self._answer(verb, number, visit, given)
        if number is None or verb.query or verb.about != "incident":
            noun = (number or 0) if verb.about != "incident" else 0
            if verb.begins:
                return await self._form_of(verb, None, visit, given, noun=noun)
            return self._form(verb, None, visit, values=given, noun=number or 0)
        detail = await self._detail(number, visit)
        confirm = self._confirm(verb, detail, visit)
        if confirm is not None:
            return self._confirmed(verb, detail.incident, confirm)
        return await self._form_of(verb, detail.incident, visit, given)

    async def _begun(
        self, verb: Verb, number: int | None, visit: Visit, given: Mapping[str, str]
    ) -> Mapping[str, Any]:
        """What a form begins with, as the verb's own query knows."""
        query = CATALOG.get(verb.begins)
        if query is None:
            return {}
        about = {f.name: given[f.name] for f in query.fields if given.get(f.name)}
        about |= {"incident": str(number)} if number else {}
        try:
            found: Told = await self._door.ask(query.name, about, visit.actor)
        except CommandError:
            return {}  # what is wrong is said of what is sent
        return found.facts

    async def _form_of(
        self,
        verb: Verb,
        incident: Incident | None,
        visit: Visit,
        given: Mapping[str, str],
        **more: Any,
    ) -> Said:
        """A form that begins with what its own query knows, and with what is given."""
        typed = filling_in.gathered(verb, self._door.rules.offers, given, every=True)
        if noun := more.get("noun"):
            typed[verb.noun] = str(noun)
        begun = await self._begun(verb, incident.id if incident else None, visit, typed)
        values = {**begun.get("values", {}), **given}
        return self._form(verb, incident, visit, values=values, begun=begun, **more)

    def _confirm(self, verb: Verb, detail: IncidentDetail, visit: Visit) -> Confirm | None:
        """The card's own confirmation, with the clock of whoever is paged as it is now."""
        view = View(detail, self._door.definitions(), self._base, visit.now)
        presses = [*buttons.actions(view).buttons, *buttons.actions(view).more]
        mine = [p.confirm for p in presses if p.token.split(":")[1] == verb.name and p.confirm]
        if mine and any(b.slot == "escalate" for b in verb.buttons):
            return buttons.confirm_escalate(view, at=visit.now)
        return mine[0] if mine else None

    def _confirmed(self, verb: Verb, incident: Incident, confirm: Confirm) -> Said:
        token = buttons.token(verb.name, incident.id, incident.rev)
        form = Form(confirm.title, token, (), confirm.yes, confirm.text)
        return Said(title=confirm.title, form=form, verb=verb.name, key=fresh_key())

    def _form(
        self,
        verb: Verb,
        incident: Incident | None,
        visit: Visit,
        *,
        status: int = 200,
        values: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        key: str = "",
        noun: int = 0,
        begun: Mapping[str, Any] = {},
    ) -> Said:
        known = self._door.definitions()
        initial = dict(values or {})
        if verb.prefill is not None:
            initial = {**verb.prefill(known, initial, visit.zone, visit.actor), **initial}
        form = forms.form(
            verb, known, now=visit.now, incident=incident, initial=initial, noun=(noun, 0),
            hints=begun.get("hints", {}), choices=begun.get("choices", {}),
        )  # fmt: skip
        form = filling_in.completed(form, begun)
        if not form.inputs and not form.intro:
            form = replace(form, intro=verb.help)
        return Said(
            status,
            title=form.title,
            form=form,
            verb=verb.name,
            values=values or {},
            errors=errors or {},
            key=key or fresh_key(),
        )

    # doing

    async def do(self, name: str, values: Mapping[str, str], visit: Visit) -> Said:
        """Run a command with what a form brought; what is wrong comes back with the words kept."""
        incident: Incident | None = None
        try:
            verb = _verb(name)
            if verb.query:
                return await self._asked(verb, values, visit)
            number = number_of(values.get("incident"))
            if number is not None and render.takes_incident(verb):
                incident = (await self._detail(number, visit)).incident
            noun = 0 if verb.about == "incident" else number or 0
            args = self._arguments(verb, values, incident, noun)
            if isinstance(args, Errors):
                more: dict[str, Any] = {
                    "status": 422,
                    "errors": args.fields,
                    "key": values.get("key", ""),
                }
                if filling_in.takes(verb):
                    return await self._form_of(verb, incident, visit, values, **more)
                return self._form(verb, incident, visit, values=values, noun=noun, **more)
            rev = number_of(values.get("rev"))
            done = await self._door.do(
                name, args, visit.actor, key=values.get("key") or None, rev=rev
            )
            if done.aloud and (done.offers or "\n" in done.say):
                return self._shown(answer_of(done), visit)
            return Said(say=done.say)
        except CommandError as error:
            if (form := await self._mistaken(error, name, incident, values, visit)) is not None:
                return form
            return self._refused(error, name, incident, values, visit)

    async def _mistaken(
        self,
        error: CommandError,
        name: str,
        incident: Incident | None,
        values: Mapping[str, str],
        visit: Visit,
    ) -> Said | None:
        """A form with the fields of what was chosen in it, with what is wrong at its field."""
        verb, offers = CATALOG.get(name), self._door.rules.offers
        asked = filling_in.is_asked(values)
        if verb is None or not (asked or filling_in.takes(verb)) or not isinstance(error, Invalid):
            return None
        where = filling_in.at_its_field(offers, values, error.where)
        more: dict[str, Any] = {"errors": {where: error.error}, "key": values.get("key", "")}
        more |= {"noun": number_of(values.get("incident")) or 0} if asked else {}
        return await self._form_of(verb, incident, visit, values, status=error.status, **more)

    def _arguments(
        self, verb: Verb, values: Mapping[str, str], incident: Incident | None, noun: int
    ) -> dict[str, Any] | Errors:
        """A confirmation brings only the incident; a form brings its fields."""
        if noun:
            typed = filling_in.gathered(verb, self._door.rules.offers, values)
            return forms.arguments(verb, typed, noun=noun)
        if incident is not None and not render.needs(verb) and "asked" not in values:
            return {"incident": incident.id}
        typed = filling_in.gathered(verb, self._door.rules.offers, values)
        args = forms.arguments(verb, typed, incident)
        if isinstance(args, dict) and filling_in.takes(verb):
            args |= filling_in.confirmed(values)
        return args

    def _refused(
        self,
        error: CommandError,
        name: str,
        incident: Incident | None,
        values: Mapping[str, str],
        visit: Visit,
    ) -> Said:
        verb = CATALOG.get(name)
        fields = {f.name for f in forms.asked(verb, incident)} if verb else set()
        where = ""
        if isinstance(error, Invalid):
            where = error.where if error.where in fields else ""
        elif isinstance(error, Conflict) and error.choices:
            where = (
                next((f.name for f in forms.asked(verb, incident) if f.choices), "") if verb else ""
            )
        if verb is not None and where:
            return self._form(
                verb,
                incident,
                visit,
                status=error.status,
                values=values,
                errors={where: error.error},
                key=values.get("key", ""),
            )
        number = incident.id if incident else number_of(values.get("incident"))
        said = self.words(error, visit, name, number)
        kept = values.get("text", "")
        if kept:
            said = said + Markup('<p class="kept">You wrote: <q>{}</q></p>').format(
                clean_lines(kept)
            )
        offers = offers_of(error, verb, incident)
        return Said(error.status, title=self.title(error.status), html=said, offers=offers)

    def title(self, status: int) -> str:
        """What stands above a refusal."""
        return _TITLES.get(status, "Not done")

    def words(
        self, error: CommandError, visit: Visit, verb: str = "", number: int | None = None
    ) -> Markup:
        """An error for people: what happened, why, what to do instead."""
        said = answers.answer_for(
            error, now=visit.now, verb=verb, incident=number, prefix=">", roles=visit.actor.roles
        )
        return render.note(said, self.reader(visit))

    # asking and typing

    async def _asked(self, verb: Verb, values: Mapping[str, str], visit: Visit) -> Said:
        """A question that came with a form."""
        args = forms.arguments(verb, values)
        if isinstance(args, Errors):
            return self._form(
                verb, None, visit, status=422, values=values, errors=args.fields,
                key=values.get("key", ""),
            )  # fmt: skip
        number = number_of(values.get("incident"))
        if number is not None and render.takes_incident(verb):
            args["incident"] = number
        return self._found(await self._door.ask(verb.name, args, visit.actor), verb, visit)

    async def _answer(
        self, verb: Verb, number: int | None, visit: Visit, given: Mapping[str, str]
    ) -> Said:
        known = {f.name for f in verb.fields}
        args: dict[str, Any] = {k: v for k, v in given.items() if k in known}
        if number is not None:
            args[verb.noun or "incident"] = number
        found = await self._door.ask(verb.name, args, visit.actor)
        return self._found(found, verb, visit)

    def _found(self, found: Any, verb: Verb, visit: Visit) -> Said:
        reader = self.reader(visit)
        title = buttons.plain(verb.buttons[0].label) if verb.buttons else verb.name.capitalize()
        if isinstance(found, IncidentDetail):
            return Said(go=f"/i/{found.incident.id}")
        if isinstance(found, Card):
            return self._card(found, reader)
        if isinstance(found, Shown) and found.sheet is not None:
            return Said(go=f"/resources/{found.sheet.known.id}")
        if isinstance(found, Told):
            scene = Scene(self._door.definitions(), self._base, visit.now, visit.actor.id)
            drawn = resource.answer(found, scene)
            told = drawn.note if drawn and drawn.note else lists.answer(found, verb.name)
            html = render.note(told, reader)
            return Said(title=title, html=html, offers=pressed(told.actions))
        if isinstance(found, Listing) and found.words is not None:
            return Said(go=from_words(found.words, visit.now, visit.zone).url())
        if isinstance(found, Listing):
            said: Note = lists.listing(found, self._door.definitions(), self._base)
        else:
            said = lists.lines(map(str, found))
        return Said(title=title, html=render.note(said, reader))

    async def typed(self, text: str, key: str, number: int | None, visit: Visit) -> Said:
        """A command in plain words."""
        if self._typed is None:
            raise NotFound("Commands can't be typed here.")
        answer = await self._typed(text, visit.actor, key or fresh_key(), number)
        return self._shown(answer, visit)

    def _shown(self, answer: Answer, visit: Visit) -> Said:
        reader = self.reader(visit)
        match answer:
            case Private(card=Card() as card) if card.head.id:
                return Said(go=f"/i/{card.id}")
            case Private(card=Card() as card) if card.head.glyph == resource.GLYPH:
                return Said(go=f"/resources/{card.id}")
            case Private(card=Card() as card):
                return self._card(card, reader)
            case Private(note=Note() as said):
                html = render.note(said, reader)
                return Said(title="PixelView says", html=html, offers=pressed(said.actions))
            case Form():
                name = answer.token.split(":")[1] if answer.token.count(":") == 3 else ""
                return Said(title=answer.title, form=answer, verb=name, key=fresh_key())
            case Errors(fields):
                lines = Markup().join(Markup("<p>{}</p>").format(v) for v in fields.values())
                return Said(422, title="Not done", html=lines)
        return Said(say="Done.")

    def _card(self, card: Card, reader: Reader) -> Said:
        title = card.head.word.capitalize()
        presses = (*card.actions.buttons, *card.actions.more)
        return Said(title=title, html=render.whole(card, reader), offers=pressed(presses))

    # the parts

    def reader(self, visit: Visit) -> Reader:
        """Who reads."""
        return Reader(visit.now, visit.zone, self._base)

    async def _detail(self, number: int, visit: Visit) -> IncidentDetail:
        found: IncidentDetail = await self._door.ask("show", {"incident": number}, visit.actor)
        return found


_TITLES = {
    403: "You can't do that",
    404: "Not found",
    409: "Somebody was first",
    503: "Busy",
}


def _verb(name: str) -> Verb:
    verb = CATALOG.get(name)
    if verb is None:
        raise NotFound(f"No command {name[:40]}.")
    return verb
