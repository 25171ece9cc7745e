"""What the console answers: that it is done, words, or a form; and what can be done next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.cards import forms, words
from bot.cards.model import Form, Press
from bot.forming import SURE
from bot.tokens import ASK, RUN, read_arguments
from bot.web import render
from commands.errors import CommandError, Conflict
from commands.registry import Verb
from store.model import Incident, IncidentStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done from an answer: a button of it, or what was refused with one more word
    (``name``). ``asks`` says that a form or a question comes first; ``given`` are arguments,
    ``held`` that it counts for the rev alone at which it was asked."""

    verb: str
    incident: int
    name: str
    label: str
    rev: int = 0
    asks: bool = False
    given: tuple[tuple[str, str], ...] = ()
    held: bool = False

    @property
    def query(self) -> str:
        """What the form it opens begins with, as a part of an address."""
        return urlencode(self.given)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: it is done (``say``), or a sheet of text, confirmation or form to show.

    ``go`` is a page that answers better than words. ``status`` is the HTTP status.
    """

    status: int = 200
    say: str = ""
    title: str = ""
    html: str = ""
    form: Form | None = None
    verb: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    go: str = ""
    offers: tuple[Offer, ...] = ()

    @property
    def about(self) -> tuple[int, int]:
        """The incident a form is about and the rev it was drawn at; 0, 0 for none."""
        parts = self.form.token.split(":") if self.form else []
        number, rev = (number_of(p) or 0 for p in parts[2:4]) if len(parts) == 4 else (0, 0)
        return number, rev

    @property
    def done(self) -> bool:
        """Nothing is left to ask or tell."""
        return self.status == 200 and not self.form and not self.html and not self.go


def offers_of(
    error: CommandError, verb: Verb | None, incident: Incident | None
) -> tuple[Offer, ...]:
    """Whoever lost a race may still want to: a yes-or-no word of the verb may allow it."""
    if not isinstance(error, Conflict) or not error.winner or verb is None or incident is None:
        return ()
    if incident.status is IncidentStatus.RESOLVED:
        return ()
    flags = [f for f in verb.fields if f.kind == "flag"]
    return tuple(Offer(verb.name, incident.id, f.name, f.help.rstrip(". ")) for f in flags)


def pressed(presses: Iterable[Press]) -> tuple[Offer, ...]:
    """The buttons of an answer."""
    return tuple(offer for press in presses if (offer := _offered(press)) is not None)


def _offered(press: Press) -> Offer | None:
    """A button as what can be done from an answer; one that names its arguments brings them."""
    if press.token.startswith((RUN, ASK)):
        verb, args = read_arguments(press.token)
        number, rev = number_of(args.pop("incident", "")) or 0, number_of(args.pop(SURE, "")) or 0
        given = tuple(forms.begun(verb, args).items())
        asks = press.token.startswith(ASK)
        return Offer(verb.name, number, "", words.clean(press.label), rev, asks, given, bool(rev))
    d = render.deed(press)
    return Offer(d.verb, d.incident, "", d.label, d.rev, d.kind != "now") if d else None


def number_of(text: str | None) -> int | None:
    plain = (text or "").strip().lstrip("#")
    return int(plain) if plain.isdecimal() and len(plain) < 16 else None
