"""What a module with INVENTORY offers: what is there, how it is, what it costs, what goes wrong.

Beside ``MANIFEST`` it has ``INVENTORY`` (the settings of one source), ``ACTIONS`` and
``inventory(name, settings) -> Connector``; ``check_source(settings)`` if it likes, which raises
Misconfigured for what the settings alone tell and asks nobody. Importing the module imports no SDK:
that is done when the connector first needs it. A connector runs in the worker process: it may take
its time, but every call it makes has a time limit, blocking ones run in threads of its own, and it
holds little more than a page at a time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from store.model.resource import Cost, Fault, Finding, Happening, Resource, Sample


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is synchronised by itself: ``111122223333/eu-west-1/servers``. ``every`` and
    ``timeout`` in seconds. ``name`` stays the same over restarts; ``title`` is for people."""

    name: str
    every: float = 60.0
    timeout: float = 300.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """A resource is there no more."""

    resource: str


@dataclass(frozen=True, slots=True)
class Over:
    """A fault is over; its key."""

    fault: str


@dataclass(frozen=True, slots=True)
class Changes:
    """First of all in a sync: what follows is not everything, only what changed. Nothing is swept:
    what is gone and over is said."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next sync of this part may go on; kept once this one ended well, over restarts."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long sync is, for who looks: ``total`` 0 where it is not known."""

    done: int
    total: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """In a stream: everything of a part follows, up to its ``End``."""

    part: str


@dataclass(frozen=True, slots=True)
class End:
    """In a stream: that was everything of the part; what was not among it is gone or over. What
    follows of it is changes."""

    part: str


@dataclass(frozen=True, slots=True)
class Broken:
    """In a stream: a part does not come any more for now, and why; it is stale until its next
    ``Begin``, nothing is gone and nothing over."""

    part: str
    why: str


@dataclass(frozen=True, slots=True)
class Of:
    """In a stream: what belongs to which part."""

    part: str
    item: Item


Item = (
    Resource
    | Fault
    | Sample
    | Cost
    | Finding
    | Happening
    | Gone
    | Over
    | Changes
    | Cursor
    | Progress
)
Told = Begin | End | Broken | Of


@dataclass(frozen=True, slots=True)
class Param:
    """One argument of an action. ``kind``: text, number (whole), decimal, flag, list (of words),
    object (as JSON); one of ``choices`` where there are any. A ``secret`` is typed and never
    shown. What is ``computed`` has a default that nobody here knows; what is ``common`` every
    action of its kind takes, and no form asks for it."""

    name: str
    kind: str = "text"
    help: str = ""
    required: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    computed: bool = False
    common: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done to a resource of some kinds: ``kubernetes.restart``. ``dangerous``
    ones interrupt something for people."""

    name: str
    title: str
    kinds: tuple[str, ...]
    help: str = ""
    params: tuple[Param, ...] = ()
    dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of an action, or would come of it: sentences for people. ``done`` is False after
    a dry run, and where nothing had to be done."""

    text: str
    done: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Connector(Protocol):
    """One source: an account, a cloud, a cluster.

    Raises Transient (``retry_after`` where the other side named it), Permanent where it says no
    and will say no again, Misconfigured with the setting's name. What can't be asked for lack of a
    right is left out and said once by ``Progress(note=…)``: one refused call does not end a sync.
    """

    async def parts(self) -> Sequence[Part]:
        """What is to be synchronised now; asked again now and then. May ask the other side."""
        ...

    def sync(self, part: str, cursor: str) -> AsyncIterator[Item | Sequence[Item]]:
        """Everything of a part (or what changed, see ``Changes``), page by page. Everything that
        was there before and is not said is gone, every fault that is not said over; an error in
        between, or a time-out, makes the part stale and changes nothing else."""
        ...

    async def act(
        self, action: str, resource: Resource, params: Mapping[str, Any], dry_run: bool
    ) -> Acted:
        """Do one of ``ACTIONS``, or say exactly what would be done."""
        ...

    async def ask(self, what: str, resource: Resource, params: Mapping[str, Any]) -> Any:
        """Look something up for a person: ``logs`` → the last lines as text, ``detail`` → a mapping
        of words. Permanent where it has no such thing."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """A connector that is told as things change; its parts are those it names in what it tells.
    ``parts`` names those only that are polled beside."""

    def stream(self) -> AsyncIterator[Told | Sequence[Told]]:
        """Goes on for ever, connecting again by itself."""
        ...
