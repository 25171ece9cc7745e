"""What a verb is handed: one transaction, one instant, who acts, and the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from commands import calendars, defining_rights
from commands.automation.offers import Catalogue
from commands.automation.port import Automation
from commands.checked import Checked
from commands.errors import Conflict
from commands.inventory.index import Index
from commands.inventory.port import Infrastructure
from commands.memory import Draft
from commands.rules.answering import Answerers
from commands.rules.approving import Need
from commands.rules.automating import Automations
from commands.rules.drills import Plan
from commands.rules.grouping import Grouping
from commands.rules.inventory import InventoryRules
from commands.rules.limits import Limits
from commands.rules.record import RecordRules
from commands.rules.redact import Redactor
from commands.rules.redact import redact as by_shape
from commands.rules.rooms import Rooms
from commands.rules.sessions import SessionRules
from commands.rules.shadow import Shadow
from commands.rules.sight import Sensitive
from commands.rules.stakeholders import Voice
from commands.rules.storms import StormRules
from commands.rules.tokens import TokenRules
from commands.sight import Sight
from integrations.base import Reading, Request
from store import definitions, incidents, outbox, storms, timeline, watches
from store.access import Source
from store.clock import DAY, Instant
from store.db import Reader, Tx
from store.definitions import Key, Row
from store.model import Actor, Definitions, Incident, IncidentStatus, Severity
from store.model.access import Origins
from store.model.maintenance import Window
from store.model.status import StatusPage
from store.tables import CHANGES

T = TypeVar("T")
_PINNED = 16
"""Versions that are kept at hand for incidents that began under them."""


@runtime_checkable
class Editor(Protocol):
    """Reads definitions as people write them."""

    def read(self, known: Definitions, kind: str, name: str, text: str) -> Row:
        """One definition as its row; Invalid names the line and the mistake."""
        ...


@runtime_checkable
class Receiving(Protocol):
    """Reads what monitors send, as the intake does."""

    def read(self, source: Source, request: Request) -> Reading:
        """What a request to a source says; Malformed or Misconfigured where it can't be read."""
        ...

    def in_the_file(self, name: str) -> bool:
        """Whether the settings file has settings of a source."""
        ...

    def written(self, integration: str, text: str) -> dict[str, Any]:
        """A mapping as people write it; Misconfigured names what can't work."""
        ...

    def proof(self, source: Source) -> str:
        """How the webhooks of a source prove that they are its sender's."""
        ...

    def integration(self, name: str) -> str:
        """The integration that is called so; Misconfigured names the one that may be meant."""
        ...


@dataclass(frozen=True, slots=True)
class Trust:
    """How far what people do in a source's monitor counts here: ``people`` says who its users are
    (name in lower case → handle); with ``acknowledges`` an acknowledgement by anybody stops the
    pages."""

    people: Mapping[str, str] = field(default_factory=dict)
    acknowledges: bool = False


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The settings verbs need. ``by_email`` are the chats that find an account by its e-mail
    address, ``channels`` those that are configured beside chats and mail. ``assign_lease``,
    ``ack_lease`` and ``check_in`` are in minutes; a severity without a lease is never asked.
    ``senders`` are the numbers and addresses pages come from, ``write_back`` the intake sources
    whose monitor is told what people did, ``monitors`` how far people count who act there;
    ``receiving`` reads kept bodies again; ``noise`` is the day (0 is Monday) and the minute of the
    weekly noise report; ``longest_silence`` is in milliseconds.
    ``resolve_after`` are the minutes after which alerts of an intake source count as over without
    a word. ``mails`` says that mail can be sent, ``voice`` what those read who only follow,
    ``status`` is the status page, ``redact`` hides secrets, ``tokens`` is how long
    tokens live, ``pages_by_hand`` how many incidents one opens by hand in ten minutes.
    ``offers`` is everything that can be run, ``automations`` what is by itself, ``answerers`` who
    the people of a runner are here; ``second`` are roles that need a second person to be given,
    ``origins`` say which roles come from groups elsewhere."""

    grouping: Grouping = field(default_factory=Grouping)
    indexed_labels: frozenset[str] = frozenset()
    url: str = ""
    by_email: frozenset[str] = frozenset()
    assign_lease: int = 10
    channels: frozenset[str] = frozenset()
    shadow: Shadow | None = None
    drills: tuple[Plan, ...] = ()
    noise: tuple[int, int] | None = None
    editor: Editor | None = None
    ack_lease: Mapping[Severity, int] = field(default_factory=dict)
    check_in: int = 10
    limits: Limits = field(default_factory=Limits)
    storms: StormRules | None = field(default_factory=StormRules)
    cover_approval: bool = False
    senders: tuple[str, ...] = ()
    receiving: Receiving | None = None
    resolve_after: Mapping[str, int] = field(default_factory=dict)
    write_back: frozenset[str] = frozenset()
    monitors: Mapping[str, Trust] = field(default_factory=dict)
    maintenance: tuple[Window, ...] = ()
    longest_silence: Instant = 30 * DAY
    rooms: Rooms = field(default_factory=Rooms)
    mails: bool = False
    voice: Voice = field(default_factory=Voice)
    status: StatusPage | None = None
    sensitive: Sensitive = field(default_factory=Sensitive)
    redact: Redactor = by_shape
    second: Mapping[str, Need] = field(default_factory=dict)
    origins: Origins = field(default_factory=Origins)
    tokens: TokenRules = field(default_factory=TokenRules)
    pages_by_hand: int = 30
    sessions: SessionRules = field(default_factory=SessionRules)
    record: RecordRules = field(default_factory=RecordRules)
    inventory: InventoryRules = field(default_factory=InventoryRules)
    offers: Catalogue = field(default_factory=Catalogue)
    automations: Automations = field(default_factory=Automations)
    answerers: Mapping[str, Answerers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A time as a sentence says it: an instant, or from ``start`` to ``end``. A chat shows it on
    its reader's own clock instead."""

    text: str
    start: Instant
    end: Instant | None = None


class Step(NamedTuple):
    """One thing that was done, for the record of what the machine does by itself: ``incident`` is
    0 where it is about none."""

    kind: str
    incident: int
    say: str = ""
    why: str = ""


@dataclass(slots=True)
class Ctx:
    """The context of one command in one transaction. ``now`` was read once; ``rev`` is that of the
    card whose button was pressed, ``approved`` the number of a second person's yes."""

    tx: Tx
    now: Instant
    actor: Actor
    definitions: Definitions
    rules: Rulebook
    draft: Draft
    touched: dict[int, int] = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=dict)
    rev: int | None = None
    approved: int = 0
    times: list[Shown] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def said(self, text: str, start: Instant, end: Instant | None = None) -> str:
        """Words for a time in the answer; chats show it on the reader's own clock."""
        self.times.append(Shown(text, start, end))
        return text

    def at(self, version_id: int | None) -> Definitions:
        """The definitions of the version an incident is pinned to: a version never changes, so
        the writer reads each once."""
        if version_id is None or version_id == self.definitions.version_id:
            return self.definitions
        kept: dict[int, Definitions] = self.tx.hot.setdefault("pinned definitions", {})
        if version_id not in kept:
            if len(kept) >= _PINNED:
                kept.pop(next(iter(kept)))
            kept[version_id] = calendars.load(self.tx, self.now, version_id)
        return kept[version_id]

    def may_define(self, kind: str, name: str) -> None:
        """Conflict where the settings file owns a definition."""
        if definitions.is_of_file(self.tx, kind, name):
            say = f"{kind.capitalize()} {name} comes from the settings file: change it there."
            raise Conflict(say)

    def define(self, changes: Mapping[Key, Row | None]) -> int:
        """Put definitions of people in force (None: gone) as a new version; its id.

        They hold from here on, for this command and for those after it. Conflict where the
        settings file owns one of them.
        """
        for kind, name in changes:
            self.may_define(kind, name)
        before = self.definitions
        version = definitions.put(self.tx, self.now, self.actor.id, changes)
        self.definitions = self.tx.definitions = calendars.load(self.tx, self.now, version)
        defining_rights.check(self.actor, before, self.definitions, changes, self.now)
        watches.look_again(self.tx, self.now, version)
        self.tx.insert(CHANGES, [(self.tx.ids.next(self.now), 0, version, self.now)])
        self.tx.changed[0] = version
        self.tx.wake.update(("changes", "ticker"))
        return version

    def did(self, kind: str, say: str, why: str = "") -> None:
        """Something was done that is about no incident and on no timeline: for the record."""
        say, why = self.rules.redact(say), self.rules.redact(why)
        self.steps.append(Step(kind, 0, say, why))

    @property
    def sight(self) -> Sight:
        """What whoever acts may see."""
        return Sight.of(self.actor, self.definitions, self.rules.sensitive)

    @property
    def seen(self) -> Tx:
        """This transaction as whoever acts sees it: for what they are told, never to write."""
        return self.sight.behind(self.tx)

    @property
    def in_public(self) -> Tx:
        """This transaction as all see it who read a channel."""
        return Sight.everybody(self.rules.sensitive).behind(self.tx)

    def roles_changed(self) -> None:
        """Who holds which role is another from here on, here and in every process."""
        self.definitions = calendars.load(self.tx, self.now)
        self.tx.definitions = self.definitions
        self.tx.insert(CHANGES, [(self.tx.ids.next(self.now), 0, 0, self.now)])
        self.tx.changed[0] = self.definitions.version_id
        self.tx.wake.add("changes")

    def name_of(self, handle: str | None) -> str:
        """A person's name for a handle, or the handle itself."""
        return self.definitions.name_of(handle)

    def tell(
        self, incident_id: int, kind: str, say: str, why: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Write a line of the incident's timeline in the actor's name."""
        say, why = self.rules.redact(say), self.rules.redact(why)
        self.steps.append(Step(kind, incident_id, say, why))
        by = self.actor.id, self.actor.surface
        return timeline.add(self.tx, incident_id, self.now, kind, *by, say, why, detail)

    def save(
        self, incident: Incident, *, group: bytes | None = None, closes_group: bool = False
    ) -> None:
        """Write a changed incident, make its cards stale, tell the other processes."""
        self.steps.append(Step("saved", incident.id))
        incidents.save(self.tx, incident, closes_group=closes_group)
        if closes_group and (known := self.draft.incident(incident.id)):
            self.draft.ungroup(known)
        self.draft.see(incident, group)
        self.show(incident)

    def show(self, incident: Incident) -> None:
        """Every view of the incident is stale from now on; those that people wait for come first,
        and what somebody acted on has a card of its own."""
        if self.actor.kind in PEOPLE:
            outbox.stale(self.tx, self.now, incident.id, ACTED)
            storms.acted(self.tx, self.now, incident.id, 10 + incident.severity.rank)
        else:
            outbox.stale(self.tx, self.now, incident.id, view_rank(incident))
        self.changed(incident.id, incident.rev)

    def changed(self, incident_id: int, rev: int) -> None:
        """Tell consoles and other processes that an incident changed."""
        self.tx.insert(CHANGES, [(self.tx.ids.next(self.now), incident_id, rev, self.now)])
        self.tx.changed[incident_id] = rev
        self.touched[incident_id] = rev
        self.tx.wake.add("changes")


PEOPLE = ("person", "token")
"""The actors who look at the card for what they just did."""
ACTED = 15
"""Where an edit stands that shows what somebody did: before what pages and alerts change."""


def view_rank(incident: Incident) -> int:
    """Where a card's edit stands in the queue: 10 + severity; a quiet or resolved one later."""
    calm = 4 if incident.status is IncidentStatus.RESOLVED else 0
    return 20 + calm + incident.severity.rank


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be done next about an answer: a button with the token of what it does."""

    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a command answers: sentences, one a line, and the incidents it changed as (id, rev).

    ``aloud`` says that no card shows it, so that whoever asked for it is told, with ``offers``.
    ``secret`` is a last line that whoever asked is told once: no record keeps it. ``asks`` says
    that nothing is done yet: an offer does it. ``times`` are those that ``say`` names.
    """

    say: str
    changed: tuple[tuple[int, int], ...] = ()
    aloud: bool = False
    offers: tuple[Offer, ...] = ()
    secret: str = ""
    asks: bool = False
    times: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """What keeps somebody from answering, and until when, as far as it is known."""

    words: str
    until: Instant | None = None


class Presence(Protocol):
    """Knows who is there."""

    async def __call__(self, handles: Iterable[str]) -> Mapping[str, Absent]:
        """Handle → what keeps them, for those of whom something is known. Never raises."""
        ...


class Monitors(Protocol):
    """Asks the monitors that are told what people did."""

    async def __call__(self) -> Sequence[Checked]:
        """How each answers, within two seconds. Never raises."""
        ...


Chats = Callable[[], Sequence[tuple[str, bool, str]]]


@dataclass(slots=True)
class View:
    """The context of a query: snapshots, one instant, who asks, and the rules in force;
    ``presence`` says who is there, ``monitors`` how the monitors answer, ``chats`` how each chat
    stands: its name, whether it is connected, and words; ``index`` finds resources, ``infra`` and
    ``automation`` ask what is outside."""

    reader: Reader
    now: Instant
    actor: Actor
    definitions: Definitions
    rules: Rulebook
    presence: Presence | None = None
    monitors: Monitors | None = None
    chats: Chats | None = None
    index: Index = field(default_factory=Index)
    infra: Infrastructure | None = None
    automation: Automation | None = None

    @property
    def sight(self) -> Sight:
        """What whoever asks may see."""
        return Sight.of(self.actor, self.definitions, self.rules.sensitive)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """A synchronous function over one snapshot, as whoever asks sees it."""
        return await self.sight.read(self.reader, fn)
