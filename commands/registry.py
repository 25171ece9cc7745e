"""``@command``, ``@query`` and the CATALOG: a verb is declared once, surfaces loop over it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Kind = str
"""How a field is typed and asked for: incident, incidents, who, person, text, words, when,
choice, number, flag, word (one), named (typed after the field's name), duty (a team, a schedule or
a person), filter (words up to a time), moment (an instant, past or to come), noun (the number of
what ``Verb.about`` names), schedule (a schedule, or a team whose duty one holds), range (a span of
time), list (the words of a list), view (a saved view and more such words), name (what people call
a thing: one word, or several in quotation marks), repeat (how often something comes again), which
(a number that is typed as ``which=3``, beside words that may hold numbers)."""


@dataclass(frozen=True, slots=True)
class Field:
    """One argument of a command, as every surface asks for it.

    ``choices`` are (value, label) pairs; ``only_if`` is ``firing`` for a field that is asked
    only while alerts still fire, ``alone`` for one that a form about an incident does not ask for,
    ``typed`` for one that no form asks for; ``label`` is what stands above it in a form, where that
    is not its name or what its help begins with. ``raw`` text may hold a secret on purpose: it is
    taken as it was typed, and the record keeps none of its values.
    """

    name: str
    kind: Kind
    help: str
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    only_if: str = ""
    default: Any = None
    label: str = ""
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """How a verb appears on a card. ``label`` ends in … when a form follows.

    ``slot`` is ack, assign, escalate, run, resolve or more, or late: under the answer to who came
    too late, on no card; ``asks`` says that the press is confirmed first; ``when`` lists the card
    states that offer it: new, acknowledged, resolved.
    """

    label: str
    slot: str
    when: tuple[str, ...]
    asks: bool = False
    order: int = 0


@dataclass(frozen=True, slots=True)
class Verb:
    """One entry of the catalog.

    ``strict``: a press on a card older than the incident is answered, not run. ``about`` is the
    kind of noun its cards are about, ``incident`` or another such as ``cover``. ``prefill`` says
    what its form begins with: ``fn(definitions, given, zone)``; ``begins`` is a query that says so
    of an incident: its facts are ``values`` and ``hints``, by field.
    """

    name: str
    group: str
    permission: str
    help: str
    args: type
    run: Callable[..., Any]
    query: bool
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...] = ()
    example: str = ""
    listed: bool = True
    audited: bool = True
    strict: bool = False
    about: str = "incident"
    prefill: Callable[..., Mapping[str, str]] | None = None
    begins: str = ""

    @property
    def noun(self) -> str:
        """The argument that a button's token fills in; empty where it has none."""
        kind = "incident" if self.about == "incident" else "noun"
        return next((f.name for f in self.fields if f.kind == kind), "")


CATALOG: dict[str, Verb] = {}


def arg(kind: Kind, help: str, **more: Any) -> Any:
    """A dataclass field that knows how it is asked for; required unless it has a default."""
    choices = tuple(more.pop("choices", ()))
    only_if = more.pop("only_if", "")
    label = more.pop("label", "")
    raw = more.pop("raw", False)
    meta = {"kind": kind, "help": help, "choices": choices, "only_if": only_if, "label": label,
            "raw": raw}  # fmt: skip
    return dataclasses.field(metadata=meta, **more)


def _fields(args: type) -> Iterator[Field]:
    for f in dataclasses.fields(args):
        bare = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        m: Mapping[str, Any] = f.metadata
        default = None if bare or f.default is dataclasses.MISSING else f.default
        yield Field(
            f.name, m["kind"], m["help"], bare, m["choices"], m["only_if"], default, m["label"],
            m["raw"],
        )  # fmt: skip


def _declare(query: bool, name: str, **spec: Any) -> Callable[[Callable[..., Any]], Any]:
    def keep(run: Callable[..., Any]) -> Callable[..., Any]:
        if name in CATALOG:
            raise ValueError(f"two verbs are called {name}")
        args = spec.pop("args")
        text = (run.__doc__ or "").strip().split("\n", 1)[0]
        if not text:
            raise ValueError(f"verb {name} has no help: give its function a docstring")
        CATALOG[name] = Verb(
            name=name,
            help=text,
            args=args,
            run=run,
            query=query,
            fields=tuple(_fields(args)),
            **spec,
        )
        return run

    return keep


def command(name: str, **spec: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a verb that changes state: ``fn(ctx, args) -> Done``, run in one transaction."""
    return _declare(False, name, **spec)


def query(name: str, **spec: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a verb that reads: ``async fn(view, args) -> Answer`` on a snapshot."""
    spec.setdefault("audited", False)
    return _declare(True, name, **spec)


def offered(slot: str, state: str) -> list[tuple[Verb, Button]]:
    """The verbs whose button stands in ``slot`` while the card is in ``state``, in order."""
    found = [
        (v, b) for v in CATALOG.values() for b in v.buttons if b.slot == slot and state in b.when
    ]
    return sorted(found, key=lambda vb: vb[1].order)
