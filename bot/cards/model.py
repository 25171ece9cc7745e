"""The eight neutral blocks a card is made of, forms, and what a surface must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.cards.drawing import Drawing
    from bot.cards.page import Page


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text that no platform may parse. Exactly one of the extras at most.

    ``url`` makes it a link; ``person`` (a handle) may become a mention where ``mention`` is set;
    ``at`` is an instant in ms shown in the platform's own date markup, ``form`` one of
    ``time`` (03:14), ``since`` (03:09 (2 minutes ago)), ``in`` (in 3 minutes / at 03:14: what is
    to come), ``date`` (Mon 30 Nov 08:00); ``text`` is then the fallback. ``own``: words of ours,
    no stranger's; ``here`` calls a channel."""

    text: str = ""
    bold: bool = False
    code: bool = False
    url: str | None = None
    person: str | None = None
    mention: bool = False
    at: int | None = None
    form: str = "time"
    own: bool = True
    here: bool = False


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Line 1: what. ``glyph`` is the emoji character, ``word`` the severity or state word, ``id``
    the incident's number, 0 on a card that is about none."""

    glyph: str
    word: str
    id: int
    title: str
    url: str

    @property
    def number(self) -> str:
        """``#1842`` and a space, or nothing."""
        return f"#{self.id} " if self.id else ""


@dataclass(frozen=True, slots=True)
class State:
    """Line 2: state · who · next."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asked before a press counts: title ≤ 100, text ≤ 300, yes/no ≤ 30 characters."""

    title: str
    text: str
    yes: str
    no: str = "Not now"


@dataclass(frozen=True, slots=True)
class Press:
    """One button or menu entry; ``token`` is ``cmd:<name>:<noun id>:<rev>``."""

    label: str
    token: str
    primary: bool = False
    confirm: Confirm | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """At most five buttons and the entries of More…"""

    buttons: tuple[Press, ...]
    more: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """What is measured, ≤ 140 characters, a stranger's words."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Up to three lines of up to four facts each."""

    lines: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Up to five one-liners."""

    rows: tuple[Spans, ...]


@dataclass(frozen=True, slots=True)
class Output:
    """Monospaced, at most six lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture; ``alt`` holds the numbers."""

    url: str
    alt: str


Block = Value | Facts | Rows | Output | Picture


@dataclass(frozen=True, slots=True)
class Card:
    """One card: head, state and actions above, ``fold`` (at most four blocks) below the buttons.

    ``color`` is 0xRRGGBB for the bar; ``notification`` the push line (N in the design of cards);
    ``quiet`` asks for a silent post. ``id`` is that of what the card is about; ``short`` is what
    an SMS says instead of the notification."""

    id: int
    rev: int
    color: int
    head: Head
    state: State
    actions: Actions
    fold: tuple[Block, ...]
    notification: Spans
    quiet: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """One message in a thread, a DM or an answer: lines of spans, and who it may ping. ``rest``
    says where all of it is, for places that must leave lines out."""

    lines: tuple[Spans, ...]
    mentions: tuple[str, ...] = ()
    quiet: bool = True
    actions: tuple[Press, ...] = ()
    rest: Spans = ()


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form. ``kind``: text, long, choice, person_or_team, when, flag, incident;
    ``options`` are (value, label) pairs (choice; person_or_team: all that can be chosen). What is
    ``secret`` is hidden while it is typed; what ``changes`` makes the form another one."""

    name: str
    label: str
    kind: str
    required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    initial: str = ""
    hint: str = ""
    secret: bool = False
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form: title ≤ 24 characters; ``token`` comes back with the values, ``again`` opens it anew
    with what it begins with (empty where the token does)."""

    title: str
    token: str
    inputs: tuple[Input, ...]
    submit: str
    intro: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class Quietly:
    """The press did what it says on the card; nothing more is said."""


@dataclass(frozen=True, slots=True)
class Private:
    """An answer only the presser sees: a note, or a card; ``shared`` by their wish with everybody
    in that channel. ``done`` says that it tells of what was done; ``drawing`` is shown besides."""

    note: Note | None = None
    card: Card | None = None
    shared: bool = False
    done: bool = False
    drawing: Drawing | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """A submitted form is wrong: field name → sentence. Typed words are kept."""

    fields: Mapping[str, str]


Answer = Quietly | Private | Form | Errors


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a message stands: the platform's channel and message id, and its thread's id.
    ``half`` says that it is there, and still has to be edited into what it should be."""

    channel: str
    message: str
    thread: str = ""
    half: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A chat account that speaks or presses; ``groups`` are those it is in, where that is told."""

    surface: str
    workspace: str
    id: str
    name: str
    groups: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Words somebody wrote: ``message`` is the platform's id of them, ``channel`` and ``thread``
    where they stand (a thread that is a channel is both), ``direct`` that only the bot reads them.
    ``files`` are names with their or the message's address; ``reply_to`` is what they answer."""

    channel: str
    message: str
    text: str
    thread: str = ""
    files: tuple[tuple[str, str], ...] = ()
    reply_to: str = ""
    direct: bool = False


class Surface(Protocol):
    """A place cards are shown in. Raises integrations.base errors: Transient (with
    ``retry_after``; ``uncertain`` when the answer was lost), Permanent, Misconfigured.

    ``nonce`` is unique per message wanted: a platform that knows nonces uses it to refuse a
    second copy; ``maybe_copy`` marks a message repeated after an uncertain send.
    """

    @property
    def name(self) -> str:
        """``slack``, ``discord`` …"""
        ...

    @property
    def threads(self) -> bool:
        """Whether words in threads can be read."""
        ...

    async def start(self) -> None:
        """Connect; returns when connected or raises Misconfigured with the setting's name."""
        ...

    async def stop(self) -> None:
        """Disconnect and end every task."""
        ...

    def health(self) -> tuple[bool, str]:
        """Connected or not, and words for people."""
        ...

    def budget(self, method: str, channel: str) -> float:
        """Seconds until ``method`` (post, edit, thread, dm) may be called for ``channel``."""
        ...

    async def post(self, channel: str, card: Card, *, nonce: str, maybe_copy: bool) -> Sent:
        """Post a new card to a channel (``#name`` or id)."""
        ...

    async def edit(self, sent: Sent, card: Card) -> Sent:
        """Edit the card in place; returns where it stands now (a surface may have to move it)."""
        ...

    async def say(self, sent: Sent, note: Note, *, nonce: str, maybe_copy: bool) -> Sent:
        """Say something in the card's thread."""
        ...

    async def resay(self, sent: Sent, note: Note) -> Sent | None:
        """Words said before read like this now, pinging nobody; where they stand then (they may
        have to be said anew), None where somebody took them away."""
        ...

    async def unsay(self, sent: Sent) -> bool:
        """Take words back; False where the platform does not let them be taken away."""
        ...

    async def page(
        self, account: str, card: Card, note: Note, *, nonce: str, maybe_copy: bool
    ) -> Sent:
        """Page a person by direct message: the card with its buttons and the note's words."""
        ...

    async def repage(self, sent: Sent, card: Card, note: Note) -> None:
        """Edit a page silently: somebody has it, it is over."""
        ...

    async def email(self, account: str) -> str | None:
        """The verified e-mail address of an account, where the platform tells it."""
        ...

    async def account_by_email(self, email: str) -> str | None:
        """The account with that verified e-mail address, where the platform tells it."""
        ...


class Desk(Protocol):
    """What a chat surface calls when a person does something; it knows every verb for them."""

    async def press(self, token: str, account: Account, key: str) -> Answer:
        """A button or menu entry was pressed; ``key`` is the platform's id of that press."""
        ...

    async def confirm(self, token: str, account: Account) -> Confirm | None:
        """What is asked before this press counts, worded now; None where nothing is."""
        ...

    async def submit(
        self, token: str, values: Mapping[str, Any], account: Account, key: str
    ) -> Answer:
        """A form came back: input name → text (several lines joined by newlines)."""

    async def typed(
        self, text: str, account: Account, key: str, incident: int | None = None
    ) -> Answer:
        """A command in plain words, without prefix: ``ack 1842``; ``incident`` is the thread's."""
        ...

    async def changed(self, token: str, values: Mapping[str, Any], account: Account) -> Answer:
        """The form as it is with what is filled in so far; nothing is done."""
        ...

    async def call(
        self, verb: str, values: Mapping[str, Any], account: Account, key: str,
        incident: int | None = None,
    ) -> Answer:  # fmt: skip
        """A command with named arguments (Discord's subcommands)."""
        ...

    async def suggest(
        self, verb: str, name: str, text: str, account: Account
    ) -> list[tuple[str, str]]:
        """Autocomplete: up to 25 (value, label) pairs for an argument."""
        ...

    async def heard(self, incident: int, heard: Heard, account: Account) -> None:
        """Somebody wrote in the incident's thread or room: a note, bridged to every other place.
        What comes again is heard once."""
        ...

    async def edited(self, heard: Heard, account: Account) -> bool:
        """Somebody changed what they wrote; False where that is not known."""
        ...

    async def deleted(
        self, surface: str, channel: str, message: str, incident: int | None = None
    ) -> bool:
        """A message is gone; False where it is not known. With ``incident``, in whose thread it
        stood, it is remembered as gone then, should it come late."""
        ...

    async def incident_at(self, surface: str, channel: str, message: str) -> int | None:
        """The incident whose card or thread stands there."""
        ...

    async def ask(self, verb: str, values: Mapping[str, Any], account: Account) -> Answer:
        """The form of a verb with these fields filled in, for what a chat offers beside cards."""
        ...

    async def home(self, account: Account) -> Page:
        """What is that person's own, where a chat gives everybody a page."""
        ...

    async def keeps(self, surface: str, message: str) -> bool:
        """Whether that message is a card that is kept up to date, of an incident or not."""
        ...
